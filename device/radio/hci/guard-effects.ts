/** What the guard decides, as data: the socket around it carries it out. */

/** Of whom a packet is, so that what comes of it can be held against them. */
export interface Origin {
  readonly handle?: number;
  /** Twelve lower-case hex digits. */
  readonly strap?: string;
}

/** What the worker is told. Counts are told by `Guard.counts`; these are the occasions to act. */
export type HciReport =
  /** A link's packet was dropped: the link had better be ended, and the strap be left alone for a while. */
  | { readonly type: 'malformed'; readonly handle: number; readonly strap: string; readonly reason: string }
  /** A packet of the controller's own was dropped. Many of them mean that the controller is broken. */
  | { readonly type: 'controller'; readonly reason: string }
  /** noble threw over a packet. Of an unknown origin it is fatal: nobody knows what state noble is in. */
  | ({ readonly type: 'threw'; readonly reason: string; readonly fatal: boolean } & Origin)
  /** A command had no success, by the controller's word or, where `local`, without asking it. */
  | ({
      readonly type: 'refused';
      readonly command: string;
      readonly status: number;
      readonly local: boolean;
    } & Origin)
  /** The strap refused an attribute request: noble says nothing of it where it was a subscription. */
  | {
      readonly type: 'attribute-error';
      readonly handle: number;
      readonly strap: string;
      /** Opcode of the request: 0x12 is a write, as in subscribing. */
      readonly request: number;
      readonly code: number;
    }
  /** The strap asked for other link parameters; the text says which. */
  | {
      readonly type: 'parameter-request';
      readonly handle: number;
      readonly strap: string;
      readonly wish: string;
      readonly accepted: boolean;
    };

export type GuardEffect =
  | { readonly kind: 'to-noble'; readonly packet: Buffer; readonly origin: Origin }
  | { readonly kind: 'to-controller'; readonly packet: Buffer }
  /** An L2CAP PDU, through noble's own queue, which knows how many the controller takes. */
  | { readonly kind: 'to-link'; readonly handle: number; readonly channel: number; readonly payload: Buffer }
  | { readonly kind: 'report'; readonly report: HciReport };

/** LE parameters of a link that is up. */
export interface LinkParameters {
  readonly intervalMs: number;
  readonly latency: number;
  readonly supervisionTimeoutMs: number;
}

/** For people and for figures: what was dropped, since the beginning. */
export interface GuardCounts {
  /** Packets of links. */
  readonly malformed: number;
  /** Advertisements that would have made noble print. */
  readonly malformedAdvertisements: number;
  /** Events of the controller. */
  readonly malformedEvents: number;
  /** Advertisements of passers-by. */
  readonly passersBy: number;
  /** Events and packets of links that are not ours, and of kinds that nobody needs. */
  readonly foreign: number;
  /** Commands of noble's that made no sense and were not sent. */
  readonly swallowed: number;
}

export type MutableCounts = { -readonly [Count in keyof GuardCounts]: number };
