/** What the drill and the processes that it steers in the guest say to each other over Node's IPC. */

export interface Request {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** What a strap under the drill can tell of itself. */
export interface StrapState {
  readonly isConnected: boolean;
  /** Notifications sent while somebody had subscribed, since the process began. */
  readonly sent: number;
}

export type SocketKind = 'package' | 'unheld' | 'kernel';

/** What the central can tell of itself. */
export interface CentralState {
  readonly state: string;
  readonly isConnected: boolean;
  /** The counter in the last notification, and how many were missed before it. */
  readonly last: number;
  readonly received: number;
  readonly missed: number;
  readonly disconnects: number;
  /** The longest time that the event loop stood still since it was last asked, ms. */
  readonly stallMs: number;
  readonly descriptors: number;
  /** ACL packets that noble wrote; 0 with the package's own socket. */
  readonly aclWritten: number;
  readonly uid: number;
}
