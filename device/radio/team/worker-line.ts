/** The way to the worker of one adapter, wherever it runs. */
import type { CoreMessage, WorkerMessage } from '../frames/messages.ts';

export interface LineListener {
  /** `hello` comes first in every talk. */
  onMessage(message: WorkerMessage): void;
  /** The talk is over, or none could be begun; another is begun after `retryInMs`. */
  onLost(reason: string, retryInMs: number): void;
}

export interface WorkerLine {
  /** The adapter's name, for the events. */
  readonly adapter: string;
  /** Begins to look for the worker, or starts it, and keeps at it until stopped. Never throws. */
  start(listener: LineListener): void;
  /** Takes the message, or drops it where there is no worker now: `hello` tells later what became of it. */
  send(message: CoreMessage): void;
  /** This worker is of no use any more; there will be another. */
  restart(reason: string): void;
  /**
   * Ends the talk, and the worker too if it was started here. It has a moment to end its links. Nothing is called
   * after it resolves.
   */
  stop(): Promise<void>;
}
