/**
 * What a radio worker and the core say to each other, version 1. The schemas are the one source of the types
 * and of the checks: the core takes whatever a worker sends as hostile input, since malformed radio data is
 * handled there.
 *
 * A worker knows straps and no athletes. Every stamp is monotonic time in ms since boot, taken in the worker at
 * the instant when the thing happened.
 */
import { z } from 'zod';
import { cleanText } from '../../profiles/device-information.ts';

export const PROTOCOL_VERSION = 1;

/** Of a reason, characters: a longer one would be no message. */
const TEXT_MAX = 500;

/** A Bluetooth address as twelve lower-case hex digits, most significant byte first. */
const strap = z.string().regex(/^[0-9a-f]{12}$/);
/** Whoever reads it holds it against the clock; what no clock can say is refused here. */
const atMs = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
/** For people: an error's text, a reason. It may end on a terminal, where control characters do harm. */
const text = z.string().max(TEXT_MAX).transform(cleanText);
/** What a strap says of itself; printable and short, whatever it sent. */
const label = z.string().max(248).transform(cleanText);
const u8 = z.int().min(0).max(0xff);
const u16 = z.int().min(0).max(0xffff);
const adapter = z.string().min(1).max(200);
const contact = z.enum(['detected', 'lost', 'unsupported']);

const broadcast = z.strictObject({
  format: z.enum(['polar', 'xoss', 'mi']),
  bpm: u16,
  contact,
  /** Changes with every new reading; absent where the format has none. */
  frameCounter: u8.optional(),
  batteryLow: z.boolean().optional(),
});

/** A link that a core finds when it comes anew, with what it knows the strap by. */
const linkSummary = z.strictObject({
  strap,
  subscribed: z.boolean(),
  name: label.optional(),
  serial: label.optional(),
});

export const workerMessageSchema = z.discriminatedUnion('type', [
  /** First of all on every connection: who this is and which links it holds. */
  z.strictObject({
    type: z.literal('hello'),
    version: z.literal(PROTOCOL_VERSION),
    adapter,
    pid: z.int().nonnegative(),
    /** The adapter is on. */
    ready: z.boolean(),
    /** Those that are subscribed, those on their way there or to their end, and those that ended without a core. */
    links: z.array(linkSummary).max(64),
  }),
  z.strictObject({
    type: z.literal('adapter'),
    atMs,
    state: z.enum(['ready', 'lost']),
    reason: text.optional(),
  }),
  /** An advertisement that somebody may care for: of a strap that is listened for, or with heart rate in it. */
  z.strictObject({
    type: z.literal('sighting'),
    atMs,
    strap,
    addressType: z.enum(['public', 'random']),
    name: label.optional(),
    /** dBm. */
    rssi: z.int().min(-128).max(127),
    connectable: z.boolean(),
    /** It advertises the Heart Rate service. */
    heartRate: z.boolean(),
    broadcast: broadcast.optional(),
  }),
  z.strictObject({
    type: z.literal('link'),
    atMs,
    strap,
    /** `connected` has a link on the air and no subscription yet; `ended` is the last word on this attempt. */
    state: z.enum(['connecting', 'connected', 'subscribed', 'ended']),
    /** Of `ended`. */
    reason: text.optional(),
    /** HCI error or disconnection code of `ended`, where there was one. */
    code: u8.optional(),
  }),
  z.strictObject({
    type: z.literal('measurement'),
    atMs,
    strap,
    measurement: z.strictObject({
      bpm: u16,
      contact,
      energyKj: u16.nullable(),
      /** At most what fits the largest notification that noble asks for. */
      rrMs: z.array(z.number().nonnegative().max(64_000)).max(128),
    }),
  }),
  z.strictObject({ type: z.literal('malformed'), atMs, strap, reason: text }),
  /** Read once a link. `table` is a fingerprint of the strap's GATT services and their handles. */
  z.strictObject({
    type: z.literal('device'),
    atMs,
    strap,
    table: label,
    serial: label.optional(),
    manufacturer: label.optional(),
    model: label.optional(),
    firmware: label.optional(),
    sensorLocation: label.optional(),
  }),
  z.strictObject({ type: z.literal('battery'), atMs, strap, percent: z.int().min(0).max(100) }),
  /** That many readings found the worker's buffer full while no core was there. */
  z.strictObject({ type: z.literal('dropped'), atMs, strap, fromMs: atMs, count: z.int().positive() }),
  /** A packet of this strap's made noble throw. */
  z.strictObject({ type: z.literal('fault'), atMs, strap: strap.optional(), reason: text }),
  /** About once a second: the worker's event loop goes round. */
  z.strictObject({
    type: z.literal('alive'),
    atMs,
    rssBytes: z.number().nonnegative(),
    /** How many peripherals noble remembers. */
    peripherals: z.int().nonnegative(),
    links: z.int().nonnegative(),
    scanning: z.boolean(),
  }),
]);

export const coreMessageSchema = z.discriminatedUnion('type', [
  /** An observer is told sightings only, and commands nothing; a worker has one core at a time. */
  z.strictObject({
    type: z.literal('hello'),
    version: z.literal(PROTOCOL_VERSION),
    role: z.enum(['core', 'observer']),
  }),
  /** Whether to scan between connections, and which advertisers to tell of beside those with heart rate in them. */
  z.strictObject({
    type: z.literal('listen'),
    scan: z.boolean(),
    addresses: z.array(strap).max(1_000),
    names: z.array(z.string().max(248)).max(1_000),
  }),
  /**
   * Connect, and subscribe; with `identify` read the serial number first, tell it in a `device`, and wait for
   * `subscribe` or `release`.
   */
  z.strictObject({ type: z.literal('connect'), strap, identify: z.boolean() }),
  z.strictObject({ type: z.literal('subscribe'), strap }),
  z.strictObject({ type: z.literal('release'), strap, reason: text }),
  /** End everything in an orderly way, and the process. */
  z.strictObject({ type: z.literal('stop') }),
]);

/** The message as a schema takes it, whatever a library had to say. */
export function withShortReason(message: WorkerMessage): WorkerMessage {
  if (!('reason' in message) || message.reason === undefined || message.reason.length <= TEXT_MAX) return message;
  return { ...message, reason: message.reason.slice(0, TEXT_MAX) };
}

export type WorkerMessage = z.infer<typeof workerMessageSchema>;
export type CoreMessage = z.infer<typeof coreMessageSchema>;
export type LinkSummary = z.infer<typeof linkSummary>;
export type Sighting = WorkerMessage & { readonly type: 'sighting' };
