/** The controller behind a stream of bytes: reset, flow control, silence and loss, on a simulated clock. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMAND_MS, H4HciSocket } from '../../../../device/radio/hci/hci-socket.ts';
import { command, commandComplete, commandStatus, OPCODE } from '../../../../device/radio/hci/packets.ts';
import { SimulatedClock } from '../../../../simulator/clock.ts';
import { ScriptedController } from './scripted-controller.ts';

function make(controller = new ScriptedController()) {
  const clock = new SimulatedClock();
  const socket = new H4HciSocket({ transport: controller.transport(), clock, random: () => 0 });
  const lost: string[] = [];
  const data: string[] = [];
  socket.on('lost', (reason: string) => lost.push(reason));
  socket.on('data', (packet: Buffer) => data.push(packet.toString('hex')));
  return { controller, clock, socket, lost, data };
}

async function opened(controller = new ScriptedController()) {
  const made = make(controller);
  await made.socket.open();
  made.socket.start();
  return made;
}

const opcodes = ({ commands }: ScriptedController) => commands.map(({ opcode }) => opcode);

test('a controller is reset before anything else, and its answers to that are nobody else’s', async () => {
  const { controller, socket, data } = make();
  const opening = socket.open();
  assert.deepEqual(opcodes(controller), [OPCODE.reset]);
  assert.deepEqual(await opening, { type: 'public', address: '00a0500000c0' });
  assert.deepEqual(opcodes(controller), [OPCODE.reset, OPCODE.readAddress]);
  assert.deepEqual(data, []);
  await socket.close();
});

test('what a controller says before its reset disturbs nobody', async () => {
  const { controller, socket } = make();
  controller.answer(OPCODE.reset, () => [
    Buffer.from('043e03020100', 'hex'),
    commandComplete(OPCODE.readRssi, Buffer.from([0, 1, 0, 9])),
    commandComplete(OPCODE.reset, Buffer.from([0])),
  ]);
  assert.equal((await socket.open()).type, 'public');
  await socket.close();
});

test('links that were left on a controller are ended before its reset, of which the straps would hear nothing', async () => {
  const { controller, clock, socket } = make();
  controller.answer(OPCODE.disconnect, ({ parameters }) => [
    // It knows the first of them only.
    commandStatus(OPCODE.disconnect, parameters.readUInt16LE(0) === 64 ? 0 : 0x02),
  ]);
  const opening = socket.open({ staleHandles: [64, 65] });
  await clock.advanceBy(100);
  assert.deepEqual(opcodes(controller), [OPCODE.disconnect, OPCODE.disconnect]);
  await clock.advanceBy(1_000);
  assert.equal((await opening).type, 'public');
  assert.deepEqual(opcodes(controller), [OPCODE.disconnect, OPCODE.disconnect, OPCODE.reset, OPCODE.readAddress]);
  await socket.close();
});

test('a controller without an address is given a random static one', async () => {
  const { controller, socket } = make(new ScriptedController({ address: '000000000000' }));
  assert.deepEqual(await socket.open(), { type: 'random', address: 'c00000000000' });
  assert.equal(controller.sent(OPCODE.leSetRandomAddress)[0]?.parameters.toString('hex'), '0000000000c0');
  await socket.close();
});

test('a controller that does not answer the reset, or refuses it, or goes, is of no use', async () => {
  for (const [spoil, message] of [
    [
      (controller: ScriptedController) => controller.ignore(OPCODE.reset),
      /no answer to the command reset .* within 2 s/,
    ],
    [(controller: ScriptedController) => controller.refuse(OPCODE.reset, 0x03, 'complete'), /refused .* with 0x03/],
    [
      (controller: ScriptedController) => controller.answer(OPCODE.reset, () => [Buffer.from([0x77])]),
      /0x77 begins no H4/,
    ],
    [
      (controller: ScriptedController) =>
        controller.answer(OPCODE.readAddress, () => [commandComplete(OPCODE.readAddress, Buffer.from([0, 1]))]),
      /its address/,
    ],
  ] as const) {
    const { controller, clock, socket } = make();
    spoil(controller);
    const opening = assert.rejects(socket.open(), { code: 'radio-unavailable', message, remedy: /H4/ });
    await clock.advanceBy(COMMAND_MS);
    await opening;
    assert.equal(socket.isDevUp(), false);
    assert.equal(clock.timers, 0);
  }
});

test('opening ends when it is called off', async () => {
  const { controller, socket, clock } = make();
  controller.ignore(OPCODE.reset);
  const over = new AbortController();
  const opening = assert.rejects(socket.open({ signal: over.signal }), { message: /not opened in time/ });
  over.abort();
  await opening;
  assert.equal(clock.timers, 0);
});

test('commands leave one by one, in order, each after the answer to the last', async () => {
  const { controller, socket, data } = await opened();
  controller.ignore(OPCODE.leSetScanEnable);
  socket.write(command(OPCODE.leSetScanEnable, Buffer.from([0, 1])));
  socket.write(command(OPCODE.readLocalVersion));
  socket.write(command(OPCODE.disconnect, Buffer.from([1, 0, 0x13])));
  assert.deepEqual(opcodes(controller).slice(2), [OPCODE.leSetScanEnable]);
  // Somebody else's answer is not the one that is waited for.
  controller.send(commandComplete(OPCODE.readRssi, Buffer.from([0, 1, 0, 9])));
  await Promise.resolve();
  assert.equal(opcodes(controller).length, 3);
  controller.send(commandComplete(OPCODE.leSetScanEnable, Buffer.from([0])));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(opcodes(controller).slice(3), [OPCODE.readLocalVersion, OPCODE.disconnect]);
  assert.equal(data.filter((packet) => packet.startsWith('040e')).length, 3);
  await socket.close();
});

test('a controller that takes no more commands is given the next when it says that it does', async () => {
  const { controller, socket, lost, clock } = await opened();
  controller.answer(OPCODE.readLocalVersion, () => [commandComplete(OPCODE.readLocalVersion, Buffer.from([0]), 0)]);
  socket.write(command(OPCODE.readLocalVersion));
  socket.write(command(OPCODE.readRssi, Buffer.from([1, 0])));
  await clock.advanceBy(COMMAND_MS / 2);
  assert.equal(controller.sent(OPCODE.readRssi).length, 0);
  controller.send(commandComplete(OPCODE.nothing, Buffer.alloc(0), 1));
  await clock.advanceBy(COMMAND_MS);
  assert.equal(controller.sent(OPCODE.readRssi).length, 1);
  assert.deepEqual(lost, []);
  await socket.close();
});

test('a controller that leaves a command unanswered for two seconds is lost, though it goes on with all the rest', async () => {
  const { controller, socket, lost, clock, data } = await opened();
  controller.ignore(OPCODE.leCreateConnection);
  socket.write(command(OPCODE.leCreateConnection, Buffer.alloc(25)));
  for (let ms = 0; ms < COMMAND_MS - 100; ms += 100) {
    await clock.advanceBy(100);
    controller.send(Buffer.from('043e03020100', 'hex'));
    controller.send(commandComplete(OPCODE.nothing, Buffer.alloc(0), 1));
  }
  assert.deepEqual(lost, []);
  await clock.advanceBy(100);
  assert.deepEqual(lost, ['no answer to the command leCreateConnection (0x200d) within 2 s']);
  const { length } = data;
  controller.send(Buffer.from('043e03020100', 'hex'));
  socket.write(command(OPCODE.reset));
  await clock.advanceBy(10 * COMMAND_MS);
  assert.deepEqual([data.length, lost.length, socket.isDevUp(), clock.timers], [length, 1, false, 0]);
});

test('a controller that takes no more commands for two seconds is lost', async () => {
  const { controller, socket, lost, clock } = await opened();
  controller.answer(OPCODE.disconnect, () => [commandStatus(OPCODE.disconnect, 0, 0)]);
  for (let index = 0; index < 2; index++) socket.write(command(OPCODE.disconnect, Buffer.from([1, 0, 0x13])));
  await clock.advanceBy(COMMAND_MS);
  assert.match(lost[0] ?? '', /disconnect/);
});

test('a controller that answers is waited for anew with each command', async () => {
  const { controller, socket, lost, clock } = await opened();
  controller.ignore(OPCODE.readLocalVersion);
  for (let index = 0; index < 10; index++) socket.write(command(OPCODE.readLocalVersion));
  for (let index = 0; index < 10; index++) {
    await clock.advanceBy(COMMAND_MS - 1);
    controller.send(commandComplete(OPCODE.readLocalVersion, Buffer.from([0])));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual([lost, controller.sent(OPCODE.readLocalVersion).length], [[], 10]);
  await socket.close();
});

test('more commands than a controller ever gets mean that it is stuck', async () => {
  const { controller, socket, lost } = await opened();
  controller.ignore(OPCODE.readLocalVersion);
  for (let index = 0; index < 66; index++) socket.write(command(OPCODE.readLocalVersion));
  assert.deepEqual(lost, ['it takes no commands any more']);
});

test('data leaves at once, beside a command that is not answered', async () => {
  const { controller, socket } = await opened();
  controller.ignore(OPCODE.readLocalVersion);
  socket.write(command(OPCODE.readLocalVersion));
  socket.write(Buffer.from('02400007000300040002000101', 'hex').subarray(0, 12));
  assert.equal(controller.pdus.length, 1);
  await socket.close();
});

for (const [what, bytes, reason] of [
  ['a hardware error', '04100142', 'hardware error 0x42'],
  ['a stream that is out of step', '99', 'the byte 0x99 begins no H4 packet'],
] as const) {
  test(`${what} is the end of the adapter`, async () => {
    const { controller, lost } = await opened();
    controller.send(Buffer.from(bytes, 'hex'));
    await Promise.resolve();
    assert.deepEqual(lost, [reason]);
  });
}

test('nothing is heard before it is started, nor after it is stopped', async () => {
  const { controller, socket, data } = make();
  await socket.open();
  const advertise = () => controller.send(Buffer.from('043e03020100', 'hex'));
  for (const act of [() => {}, () => socket.start(), () => socket.stop()]) {
    act();
    advertise();
    await Promise.resolve();
  }
  assert.equal(data.length, 1);
  await socket.close();
});

test('whoever closes it resets the controller and hears of no loss', async () => {
  const { controller, socket, lost, clock } = await opened();
  await socket.close();
  await socket.close();
  assert.deepEqual([opcodes(controller).at(-1), lost, clock.timers], [OPCODE.reset, [], 0]);
  assert.equal(socket.isDevUp(), false);
});
