/** A way to a worker that lets a test read along: which process it is, and what it says of itself. */
import type { CoreMessage, WorkerMessage } from '../../../device/radio/frames/messages.ts';
import type { LineListener, WorkerLine } from '../../../device/radio/team/worker-line.ts';

type Told<Type extends WorkerMessage['type']> = WorkerMessage & { readonly type: Type };

export class WatchedLine implements WorkerLine {
  readonly adapter: string;
  readonly #line: WorkerLine;
  readonly #onChange: () => void;
  readonly hellos: Told<'hello'>[] = [];
  readonly alives: Told<'alive'>[] = [];
  readonly faults: Told<'fault'>[] = [];

  constructor(line: WorkerLine, onChange: () => void) {
    this.adapter = line.adapter;
    this.#line = line;
    this.#onChange = onChange;
  }

  /** The process that serves the adapter, or did so last. */
  get pid(): number {
    const { pid } = this.hellos.at(-1) ?? {};
    if (pid === undefined) throw new Error(`no worker of ${this.adapter} has said hello`);
    return pid;
  }

  start(listener: LineListener): void {
    this.#line.start({
      onMessage: (message) => {
        this.#read(message);
        listener.onMessage(message);
        this.#onChange();
      },
      onLost: (reason, retryInMs) => {
        listener.onLost(reason, retryInMs);
        this.#onChange();
      },
    });
  }

  send(message: CoreMessage): void {
    this.#line.send(message);
  }

  restart(reason: string): void {
    this.#line.restart(reason);
  }

  async stop(): Promise<void> {
    await this.#line.stop();
  }

  #read(message: WorkerMessage): void {
    if (message.type === 'hello') this.hellos.push(message);
    if (message.type === 'alive') this.alives.push(message);
    if (message.type === 'fault') this.faults.push(message);
  }
}
