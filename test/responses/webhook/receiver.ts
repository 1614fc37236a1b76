/** A real HTTP server on loopback that keeps what comes and answers as the test says. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Message, messageSchema } from '../../../src/uplink/message.ts';
import { Changes } from '../../fixtures/changes.ts';

export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** May leave a request without an answer. */
export type Answer = (received: Received, response: ServerResponse) => void;

export const takes: Answer = (_received, response) => void response.writeHead(204).end();

export const answers =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_received, response) =>
    void response.writeHead(status, headers).end();

export const neverAnswers: Answer = () => {};

export class Receiver {
  readonly received: Received[] = [];
  answer: Answer;
  readonly #changes = new Changes();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const received = { method, path, headers, body: Buffer.concat(chunks).toString() };
      this.received.push(received);
      this.answer(received, response);
      this.#changes.happened();
    });
  });

  static async with(answer: Answer, body: (receiver: Receiver) => Promise<void>): Promise<void> {
    const receiver = new Receiver(answer);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    try {
      await body(receiver);
    } finally {
      receiver.#server.close();
      receiver.#server.closeAllConnections();
    }
  }

  private constructor(answer: Answer) {
    this.answer = answer;
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook?token=s3cret`);
  }

  /** The athletes of the alerts that came, one a request. */
  get athletes(): string[] {
    return this.received.map((received) => alertIn(received).athlete);
  }

  async until(wanted: (received: readonly Received[]) => boolean): Promise<void> {
    await this.#changes.until(() => wanted(this.received), 'requests');
  }
}

export function messageIn({ body }: Received): Message & { kind: 'alerts' } {
  const message = messageSchema.parse(JSON.parse(body));
  if (message.kind !== 'alerts') throw new Error('a webhook is told alerts alone');
  return message;
}

export function alertIn(received: Received) {
  const [alert, ...more] = messageIn(received).alerts;
  if (alert === undefined || more.length > 0) throw new Error('a request holds one alert');
  return alert;
}
