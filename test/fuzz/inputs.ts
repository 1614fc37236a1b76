/**
 * What a hostile or broken strap, advertiser or controller may send, from one seed: packets that would be right but
 * for a byte or a length, and noise.
 */
import {
  aclFromController,
  CHANNEL,
  commandComplete,
  commandStatus,
  EVENT,
  event,
  FRAGMENT,
  LE_EVENT,
  OPCODE,
  PACKET,
} from '../../device/radio/hci/packets.ts';
import type { Random } from '../../simulator/random.ts';

export const KINDS = [
  'attribute',
  'fragments',
  'signal',
  'pairing',
  'event',
  'advertisement',
  'packet',
  'reading',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Input {
  readonly kind: Kind;
  /** With their type bytes, in order. */
  readonly packets: readonly Buffer[];
}

/** Out of 100. */
const SHARES: Readonly<Record<Kind, number>> = {
  attribute: 42,
  fragments: 12,
  signal: 8,
  pairing: 8,
  event: 8,
  advertisement: 10,
  packet: 2,
  reading: 10,
};

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Of each ATT PDU that a strap may send, one that is right. */
const ATTRIBUTE_PDUS: readonly Buffer[] = [
  '01 0a 0300 01',
  '01 10 0700 0a',
  '01 08 0600 0a',
  '01 12 0400 05',
  '02 1700',
  '02 0001',
  '03 1700',
  '03 0002',
  '04 0100 ffff',
  '05 01 0400 0229',
  '05 02 0400 00112233445566778899aabbccddeeff',
  '07 0100 0600',
  '08 0100 ffff 0328',
  '09 07 0200 10 0300 372a 0500 02 0600 382a',
  '09 15 0200 10 0300 00112233445566778899aabbccddeeff',
  '09 08 0200 1000 1200 0d18',
  '09 04 0400 0000',
  '0a 0300',
  '0b 01',
  '0b 4142434445464748494a4b4c4d4e4f5051525354 5556',
  '0d 41',
  '0f 01',
  '10 0100 ffff 0028',
  '11 06 0100 0600 0d18',
  '11 06 0700 ffff 0f18',
  '11 14 0100 0600 00112233445566778899aabbccddeeff',
  '12 0400 0100',
  '13',
  '17 0400 0000 01',
  '19',
  '1b 0300 0648',
  '1b 0300 164854 01ec02',
  '1d 0300 0648',
  '1e',
  '23 0300 0200 0648',
  '52 0300 01',
  'd2 0300 01',
].map(hex);

const SIGNALS: readonly Buffer[] = [
  '12 01 0800 5000 a000 0000 5802',
  '13 01 0200 0000',
  '01 01 0200 0000',
  '14 02 0a00 25001700170017000100',
  '06 03 0400 40004100',
].map(hex);

const PAIRING: readonly Buffer[] = [
  '01 03 00 01 10 00 01',
  '02 03 00 01 10 00 01',
  `03${'5a'.repeat(16)}`,
  `04${'5a'.repeat(16)}`,
  '05 08',
  `06${'11'.repeat(16)}`,
  '07 0100 0102030405060708',
  '0b 01',
].map(hex);

const STRUCTURES: readonly Buffer[] = [
  '020106',
  '03030d18',
  '05 020d180f18',
  '0a09506f6c617220483130',
  '020aec',
  '04160f1857',
  '07ff6b003b164446',
  '010a',
  '0116',
  '0120',
  '0121',
  '01ff',
  '05 14 0d180f18',
].map(hex);

export class Inputs {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param handle of the link that the strap has */
  next(handle: number): Input {
    const kind = this.#kind();
    return { kind, packets: this.#packets(kind, handle) };
  }

  chance(probability: number): boolean {
    return this.#random.uniform() < probability;
  }

  /** From 0 up to and without this. */
  below(count: number): number {
    return Math.floor(this.#random.uniform() * count);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** A value of the characteristic Heart Rate Measurement, well-formed or not. */
  value(): Buffer {
    return this.chance(0.5) ? Buffer.from([0x06, this.below(256)]) : this.bytes(this.below(24));
  }

  /** Changed in one to three places, which may leave it as it was. */
  mutated(right: Buffer): Buffer {
    let bytes: Buffer = Buffer.from(right);
    for (let changes = 1 + this.below(3); changes > 0; changes--) bytes = this.#changed(bytes);
    return bytes;
  }

  #changed(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    switch (this.below(6)) {
      case 0:
        return bytes.subarray(0, at);
      case 1:
        return Buffer.concat([bytes, this.bytes(1 + this.below(8))]);
      case 2:
        return Buffer.concat([bytes.subarray(0, at), this.bytes(1), bytes.subarray(at)]);
      case 3:
        return Buffer.concat([bytes, bytes.subarray(at)]);
      default: {
        const changed = Buffer.from(bytes);
        if (at < changed.length) changed[at] = this.pick([0, 1, 0xff, 0x7f, this.below(256)]);
        return changed;
      }
    }
  }

  #kind(): Kind {
    let left = this.below(100);
    for (const kind of KINDS) {
      left -= SHARES[kind];
      if (left < 0) return kind;
    }
    return 'attribute';
  }

  #packets(kind: Kind, handle: number): Buffer[] {
    switch (kind) {
      case 'attribute':
        return [aclFromController(handle, CHANNEL.attribute, this.#payload(ATTRIBUTE_PDUS))];
      case 'fragments':
        return this.#fragments(handle);
      case 'signal':
        return [aclFromController(handle, CHANNEL.signaling, this.#payload(SIGNALS))];
      case 'pairing':
        return [aclFromController(handle, CHANNEL.security, this.#payload(PAIRING))];
      case 'event':
        return [this.#event(handle)];
      case 'advertisement':
        return [this.#advertisement()];
      case 'packet':
        return [this.#packet()];
      case 'reading': {
        const pdu = Buffer.concat([hex('1b0300'), this.value()]);
        return [aclFromController(handle, CHANNEL.attribute, pdu)];
      }
    }
  }

  #payload(right: readonly Buffer[]): Buffer {
    return this.chance(0.15) ? this.bytes(this.below(40)) : this.mutated(this.pick(right));
  }

  /** A PDU in pieces, of which some may be missing, swapped or said to be another. */
  #fragments(handle: number): Buffer[] {
    const channel = this.chance(0.9) ? CHANNEL.attribute : this.below(70);
    const payload = this.chance(0.5) ? Buffer.concat([hex('1b0300'), this.value()]) : this.#payload(ATTRIBUTE_PDUS);
    let whole: Buffer = aclFromController(handle, channel, payload).subarray(5);
    if (this.chance(0.2)) whole = this.mutated(whole);
    const size = 1 + this.below(12);
    const packets: Buffer[] = [];
    for (let at = 0; at < whole.length; at += size) {
      if (this.chance(0.03)) continue;
      const flag = this.chance(0.03) ? this.below(16) : at === 0 ? FRAGMENT.first : FRAGMENT.later;
      const fragment = whole.subarray(at, at + size);
      const head = Buffer.from([PACKET.acl, 0, 0, fragment.length, 0]);
      head.writeUInt16LE((handle & 0xfff) | (flag << 12), 1);
      packets.push(Buffer.concat([head, fragment]));
    }
    if (this.chance(0.05)) packets.reverse();
    return packets;
  }

  /** With its length right more often than not, as a stream cannot have it otherwise. */
  #event(handle: number): Buffer {
    const h = hex(`${(handle & 0xff).toString(16).padStart(2, '0')}00`);
    const right = this.pick<() => Buffer>([
      () => event(EVENT.encryptionChange, Buffer.concat([hex('00'), h, hex('01')])),
      () => event(EVENT.numberOfCompletedPackets, Buffer.concat([hex('01'), h, hex('0100')])),
      () => commandComplete(this.pick(Object.values(OPCODE)), Buffer.concat([hex('00'), this.bytes(this.below(12))])),
      () => commandStatus(this.pick(Object.values(OPCODE)), this.below(0x40)),
      () => event(EVENT.leMeta, Buffer.concat([hex('01 00 4500 00 00 0102030405c0 5000 0000 5802 00')])),
      () => event(EVENT.leMeta, Buffer.concat([hex('03 00'), h, hex('5000 0000 5802')])),
      () => event(EVENT.disconnectionComplete, Buffer.concat([hex('00'), hex('4500'), hex('13')])),
      () =>
        event(
          this.pick(Object.values(EVENT).filter((code) => code !== EVENT.hardwareError)),
          this.bytes(this.below(40)),
        ),
    ])();
    const parameters = this.mutated(right.subarray(3)).subarray(0, 255);
    return event(right[1] ?? 0, parameters);
  }

  #advertisement(): Buffer {
    const data = Buffer.concat(Array.from({ length: this.below(4) }, () => this.pick(STRUCTURES)));
    const noisy = (this.chance(0.7) ? this.mutated(data) : data).subarray(0, 40);
    const address = Buffer.concat([this.bytes(5), hex('c0')]);
    const report = Buffer.concat([
      Buffer.from([this.below(5), 1]),
      address,
      Buffer.from([noisy.length]),
      noisy,
      hex('c4'),
    ]);
    const parameters = Buffer.concat([Buffer.from([LE_EVENT.advertisingReport, 1]), report]);
    return event(EVENT.leMeta, (this.chance(0.3) ? this.mutated(parameters) : parameters).subarray(0, 255));
  }

  #packet(): Buffer {
    const body = this.bytes(this.below(60));
    if (this.chance(0.5)) return event(this.below(256), body);
    const head = Buffer.from([PACKET.acl, 0x40, this.below(256), body.length, 0]);
    return Buffer.concat([head, body]);
  }
}
