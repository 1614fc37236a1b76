/** The guard alone, by its decisions: what of events and commands passes, and in which form. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Guard } from '../../../../device/radio/hci/guard.ts';
import type { GuardEffect } from '../../../../device/radio/hci/guard-effects.ts';
import { command, commandComplete, commandStatus, EVENT, event, OPCODE } from '../../../../device/radio/hci/packets.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

const STRAP = 'a09e1a000007';
const CREATE = command(OPCODE.leCreateConnection, hex('6000 3000 00 00 0700001a9ea0 00 5000 a000 0000 5802 0400 0600'));
const CONNECTED = hex('043e13 01 00 4000 00 00 0700001a9ea0 a000 0000 5802 00');

const guardOf = (options: Partial<ConstructorParameters<typeof Guard>[0]> = {}) =>
  new Guard({ ownsController: true, ...options });

function linked(guard = guardOf()): Guard {
  guard.fromNoble(CREATE);
  guard.fromController(commandStatus(OPCODE.leCreateConnection, 0));
  guard.fromController(CONNECTED);
  assert.deepEqual(
    guard.links.map(({ handle, strap }) => [handle, strap]),
    [[0x40, STRAP]],
  );
  return guard;
}

const kinds = (effects: readonly GuardEffect[]) => effects.map(({ kind }) => kind);
const toNoble = (effects: readonly GuardEffect[]) =>
  effects.flatMap((effect) => (effect.kind === 'to-noble' ? [effect.packet.toString('hex')] : []));

test('an answer passes when noble had asked, and once', () => {
  const guard = guardOf();
  const answer = commandComplete(OPCODE.readAddress, hex('00 0102030405c0'));
  assert.deepEqual(guard.fromController(answer), []);
  guard.fromNoble(command(OPCODE.readAddress));
  assert.deepEqual(kinds(guard.fromController(answer)), ['to-noble']);
  assert.deepEqual(guard.fromController(answer), []);
});

const ANSWERS: readonly [opcode: number, good: string][] = [
  [OPCODE.readLocalVersion, '00 09 0000 09 ffff 0000'],
  [OPCODE.readAddress, '00 0102030405c0'],
  [OPCODE.leReadBufferSize, '00 1b00 08'],
  [OPCODE.readBufferSize, '00 fd03 40 0800 0000'],
  [OPCODE.readRssi, '00 4000 c4'],
  [OPCODE.readLeHostSupport, '00 01 00'],
  [OPCODE.leSetScanParameters, '00'],
  [OPCODE.leSetScanEnable, '00'],
];

for (const [opcode, good] of ANSWERS) {
  const asked = () => {
    const guard = linked();
    guard.fromNoble(
      command(opcode, hex('4000 0000 0000 00').subarray(0, opcode === OPCODE.leSetScanParameters ? 7 : 2)),
    );
    return guard;
  };
  test(`an answer to command ${opcode.toString(16)} passes as long as it has to be, and in no other length`, () => {
    assert.deepEqual(kinds(asked().fromController(commandComplete(opcode, hex(good)))), ['to-noble']);
    const bytes = hex(good);
    for (let length = 0; length < bytes.length; length++) {
      const effects = asked().fromController(commandComplete(opcode, bytes.subarray(0, length)));
      assert.deepEqual(kinds(effects), ['report'], `${length} bytes`);
    }
    assert.deepEqual(kinds(asked().fromController(commandComplete(opcode, Buffer.concat([bytes, bytes])))), ['report']);
  });
}

test('a controller without room for a packet does not make noble cut its data up for ever', () => {
  for (const [opcode, returns] of [
    [OPCODE.leReadBufferSize, '00 1a00 08'],
    [OPCODE.readBufferSize, '00 0000 40 0800 0000'],
    [OPCODE.readBufferSize, '00 fd03 40 0000 0000'],
  ] as const) {
    const guard = guardOf();
    guard.fromNoble(command(opcode));
    assert.deepEqual(kinds(guard.fromController(commandComplete(opcode, hex(returns)))), ['report']);
  }
  const shared = guardOf();
  shared.fromNoble(command(OPCODE.leReadBufferSize));
  assert.deepEqual(kinds(shared.fromController(commandComplete(OPCODE.leReadBufferSize, hex('00 0000 00')))), [
    'to-noble',
  ]);
});

test('noble is not told of commands that others ask what it supports', () => {
  const guard = guardOf();
  assert.deepEqual(guard.fromController(commandComplete(OPCODE.readSupportedCommands, Buffer.alloc(65, 0xff))), []);
  assert.deepEqual(guard.fromController(commandStatus(OPCODE.leCreateConnection, 0x0d)), []);
});

test('a failed connection is told in the form that noble gets right', () => {
  for (const failure of [
    hex('043e13 01 3e 0000 01 00 000000000000 0000 0000 0000 00'),
    hex('043e1f 0a 3e 0000 01 00 000000000000 000000000000 000000000000 0000 0000 0000 00'),
    commandStatus(OPCODE.leCreateConnection, 0x3e),
    commandStatus(OPCODE.leExtendedCreateConnection, 0x3e),
  ]) {
    const guard = guardOf();
    guard.fromNoble(CREATE);
    assert.deepEqual(toNoble(guard.fromController(failure)), ['040f043e010d20']);
    assert.equal(guard.initiating, undefined);
    assert.deepEqual(toNoble(guard.fromController(failure)), []);
  }
});

test('a connection passes in both forms', () => {
  const enhanced = hex('043e1f 0a 00 4000 00 00 0700001a9ea0 000000000000 000000000000 a000 0000 5802 00');
  for (const connected of [CONNECTED, enhanced]) {
    const guard = guardOf();
    guard.fromNoble(CREATE);
    assert.deepEqual(toNoble(guard.fromController(connected)), [connected.toString('hex')]);
    assert.deepEqual(guard.links[0]?.parameters, { intervalMs: 200, latency: 0, supervisionTimeoutMs: 6_000 });
  }
});

test('of a link that nobody asked for the controller is rid, unless others may have made it', () => {
  assert.deepEqual(kinds(guardOf().fromController(CONNECTED)), ['to-controller']);
  assert.deepEqual(guardOf({ ownsController: false }).fromController(CONNECTED), []);
});

test('a handle that is given anew ends the link that had it', () => {
  const guard = linked();
  const other = hex('043e13 01 00 4000 00 00 0800001a9ea0 a000 0000 5802 00');
  const create = Buffer.from(CREATE);
  create[10] = 8;
  guard.fromNoble(create);
  assert.deepEqual(toNoble(guard.fromController(other)), ['04050400400002', other.toString('hex')]);
  assert.deepEqual(
    guard.links.map(({ strap }) => strap),
    ['a09e1a000008'],
  );
});

test('packets of links that are not ours are of no concern', () => {
  const guard = linked();
  for (const packet of [
    '0241200700 0300 0400 1b0300',
    '04050400410008',
    '04080400410001',
    '043e0a 03 00 4100 a000 0000 5802',
  ]) {
    assert.deepEqual(guard.fromController(hex(packet)), [], packet);
  }
  assert.equal(guard.counts.foreign, 4);
});

test('commands and data about links that are not up are not sent', () => {
  const guard = linked();
  for (const packet of [
    command(OPCODE.disconnect, hex('0000 13')),
    command(OPCODE.disconnect, hex('40')),
    command(OPCODE.readRssi, hex('4100')),
    command(OPCODE.leStartEncryption, Buffer.alloc(28)),
    command(OPCODE.leCreateConnectionCancel),
    hex('0241000700 0300 0400 0a0300'),
    hex('02'),
    hex('01'),
    hex('04'),
  ]) {
    assert.deepEqual(guard.fromNoble(packet), [], packet.toString('hex'));
  }
  assert.equal(guard.counts.swallowed, 9);
});

test('no connection is begun beside another, beside a scan, or to a strap that is linked', () => {
  const refusedWith = (guard: Guard, status: string) =>
    assert.deepEqual(toNoble(guard.fromNoble(CREATE)), [`040f04${status}010d20`]);
  const connecting = guardOf();
  connecting.fromNoble(CREATE);
  refusedWith(connecting, '0c');
  const scanning = guardOf();
  scanning.fromNoble(command(OPCODE.leSetScanEnable, hex('01 00')));
  refusedWith(scanning, '0c');
  scanning.fromController(commandComplete(OPCODE.leSetScanEnable, hex('00')));
  refusedWith(scanning, '0c');
  scanning.fromNoble(command(OPCODE.leSetScanEnable, hex('00 01')));
  assert.deepEqual(kinds(scanning.fromNoble(CREATE)), ['to-controller']);
  refusedWith(linked(), '0b');
});

test('a scan that was refused is none, and one that could not be stopped is none either', () => {
  const guard = guardOf();
  const enable = (on: boolean) => guard.fromNoble(command(OPCODE.leSetScanEnable, hex(on ? '01 00' : '00 01')));
  const answer = (status: string) => guard.fromController(commandComplete(OPCODE.leSetScanEnable, hex(status)));
  enable(false);
  enable(true);
  answer('0c');
  assert.equal(guard.scanning, true);
  answer('00');
  assert.equal(guard.scanning, true);
  enable(false);
  answer('0c');
  assert.equal(guard.scanning, false);
  enable(true);
  answer('07');
  assert.equal(guard.scanning, false);
});

test('what another program tells the controller of scans is seen, in its right length', () => {
  const guard = guardOf({ ownsController: false });
  assert.deepEqual(kinds(guard.fromController(command(OPCODE.leSetScanEnable, hex('01 00')))), ['to-noble']);
  assert.equal(guard.scanning, true);
  for (const packet of [command(OPCODE.leSetScanEnable, hex('01')), hex('010c20'), command(OPCODE.reset), hex('01')]) {
    assert.deepEqual(guard.fromController(packet), []);
  }
});

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((each) => Buffer.from(each));
const events = fc
  .tuple(fc.constantFrom(...Object.values(EVENT)), bytes(60))
  .map(([code, parameters]) => event(code, parameters));
const meta = fc
  .tuple(fc.constantFrom(1, 2, 3, 10, 13), bytes(60))
  .map(([code, rest]) => event(EVENT.leMeta, Buffer.concat([Buffer.from([code]), rest])));
const acl = fc.tuple(fc.integer({ min: 0, max: 15 }), bytes(60)).map(([flags, rest]) => {
  const head = Buffer.from([2, 0x40, flags << 4, rest.length & 0xff, rest.length >> 8]);
  return Buffer.concat([head, rest]);
});
const commands = fc
  .tuple(fc.constantFrom(...Object.values(OPCODE)), bytes(40))
  .map(([opcode, parameters]) => command(opcode, parameters));

test('no packets whatever make it throw, and what reaches noble is as long as it says', () => {
  const step = fc.oneof(
    fc.record({ from: fc.constant('controller' as const), packet: fc.oneof(events, meta, acl, commands, bytes(40)) }),
    fc.record({ from: fc.constant('noble' as const), packet: fc.oneof(commands, acl, bytes(40), fc.constant(CREATE)) }),
  );
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (ownsController, steps) => {
      const guard = linked(guardOf({ ownsController }));
      for (const { from, packet } of steps) {
        const effects = from === 'controller' ? guard.fromController(packet) : guard.fromNoble(packet);
        for (const effect of effects) {
          if (effect.kind !== 'to-noble') continue;
          const { packet: passed } = effect;
          const length = passed[0] === 2 ? 5 + passed.readUInt16LE(3) : passed[0] === 4 ? 3 + passed.readUInt8(2) : 6;
          assert.equal(passed.length, length);
        }
      }
    }),
    { numRuns: 500 },
  );
});
