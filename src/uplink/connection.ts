import type { PublishOutcome } from '../ports.ts';

/**
 * One connection, from the attempt to the end; the next attempt is a new one. So nothing of a broken
 * connection, neither its packet ids nor a library's queue, can reach into the one after it.
 */
export interface Connection {
  /** Resolves with whether the broker accepted; false where the connection ended before. */
  readonly opened: Promise<boolean>;
  /** Resolves with the reason when the connection has ended; by then every publish has its outcome. */
  readonly closed: Promise<string>;
  readonly isOpen: boolean;
  /** The largest packet that the broker takes, in bytes with all headers. Known once it is open. */
  readonly maximumPacketBytes: number;
  /** Nothing that was sent is looked at any more: the system has all of it. False where nobody can tell. */
  readonly isWritten: boolean;
  /** Sends at QoS 1. Resolves as `lost` at once where the connection is not open; never rejects. */
  send(topic: string, payload: Uint8Array): Promise<PublishOutcome>;
  /** Loses what is under way, takes leave of the broker within a deadline, and resolves when it is closed. */
  end(): Promise<void>;
}

export const STOPPED = 'the gateway stopped';
