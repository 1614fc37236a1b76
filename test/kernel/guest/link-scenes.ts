/** What is held about a link over the kernel's raw channel: how it comes about, lives and ends. */
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { CentralState, StrapState } from './messages.ts';
import { CHANNEL, centralOf, freed, OPCODE, STALL_MAX_MS, type Stage, untilMs } from './stage.ts';
import type { Steered } from './steered.ts';
import type { LinkParameters } from './witness.ts';

/** noble's command for 100 to 200 ms and 6 s: scan 60 and 30 ms, no filter, the peer, and the rest of the parameters. */
const AS_NOBLE_WROTE_IT = /^60003000000[01][0-9a-f]{12}005000a0000000580204000600$/;

/** A strap that wants 15 to 30 ms, no latency, 2 s (volume 3, part A, section 4.20). */
const PARAMETER_REQUEST = { channel: CHANNEL.signaling, payload: '120108000c0018000000c800' };
/** A request that the client's side answers: Exchange MTU (volume 3, part F, section 3.4.2). */
const MTU_REQUEST = { channel: CHANNEL.attribute, payload: '020002' };

const areOurs = (parameters: LinkParameters | undefined) =>
  parameters?.status === 0 && parameters.timeout === 600 && parameters.interval >= 80 && parameters.interval <= 160;

/** The kernel's 212,992 bytes have room for some 277 notifications, each of which counts as 768 bytes and more. */
const UNREAD_MIN = 350;

/** Why the first socket has to be what it is: nobody holds this link, and the kernel ends it. */
export async function unheldIsDropped(stage: Stage): Promise<void> {
  const central = await centralOf(stage, 'unheld');
  await central.ask('find');
  const isConnected = await central.ask('connect', 10_000);
  const upMs = await untilMs(async () => (await central.ask<CentralState>('state')).disconnects > 0, 20_000);
  const holds = isConnected === true && upMs !== undefined;
  stage.report({ scene: 'link-that-nothing-holds-is-dropped', holds, evidence: { isConnected, upMs } });
  await central.kill();
  await freed(stage);
}

/** @returns the central, with its link */
export async function connectsAsWritten(stage: Stage): Promise<Steered> {
  const { witness } = stage;
  const central = await centralOf(stage, 'kernel');
  await central.ask('find');
  witness.clear();
  await central.ask('state');
  const isConnected = await central.ask<boolean>('connect', 10_000);
  const { stallMs, uid } = await central.ask<CentralState>('state');
  const commands = witness.commands(OPCODE.createConnection);
  stage.report({
    scene: 'create-connection-goes-out-as-noble-wrote-it',
    holds: isConnected && commands.length === 1 && AS_NOBLE_WROTE_IT.test(commands[0] ?? '') && uid !== 0,
    evidence: { isConnected, uid, commands, tally: witness.tally() },
  });
  stage.report({ scene: 'connecting-blocks-nothing', holds: stallMs < STALL_MAX_MS, evidence: { stallMs } });
  const [parameters] = witness.connections();
  stage.report({ scene: 'link-begins-with-our-parameters', holds: areOurs(parameters), evidence: { parameters } });
  return central;
}

/** A minute of notifications, and then more than the kernel has room for in a socket that nobody reads. */
export async function linkHolds({ strap, witness, report }: Stage, central: Steered): Promise<void> {
  witness.clear();
  const before = await central.ask<CentralState>('state');
  const location = await central.ask('subscribe', undefined, 30_000);
  await wait(62_000);
  const minute = await central.ask<CentralState>('state');
  report({
    scene: 'link-and-notifications-hold-for-a-minute',
    holds: minute.isConnected && location === 1 && minute.received >= 55 && minute.missed === 0,
    evidence: { location, received: minute.received, missed: minute.missed, stallMs: minute.stallMs },
  });
  await strap.ask('notifyEvery', 20);
  await wait(15_000);
  await strap.ask('notifyEvery', 1_000);
  const { sent } = await strap.ask<StrapState>('state');
  // What the strap has sent may still wait in its own queue.
  await untilMs(async () => (await central.ask<CentralState>('state')).last >= sent, 20_000);
  const after = await central.ask<CentralState>('state');
  report({
    scene: 'socket-that-nobody-reads-overflows-without-harm',
    holds: after.isConnected && after.missed === 0 && after.last >= sent && after.received > UNREAD_MIN,
    evidence: { sent, received: after.received, missed: after.missed, stallMs: after.stallMs },
  });
  await strap.ask('say', MTU_REQUEST);
  await untilMs(async () => witness.payloads(CHANNEL.attribute, 'from strap').includes(MTU_REQUEST.payload), 10_000);
  await wait(1_000);
  const { aclWritten } = await central.ask<CentralState>('state');
  const toStrap = witness.payloads(CHANNEL.attribute, 'to strap');
  report({
    scene: 'kernel-says-nothing-on-the-attribute-channel',
    holds: toStrap.length > 0 && toStrap.length === aclWritten - before.aclWritten,
    evidence: { toStrap, writtenByNoble: aclWritten - before.aclWritten },
  });
}

/** The kernel says yes to whatever a strap wants; afterwards the link can be had as it was. */
export async function parametersAreSetBack({ strap, witness, report }: Stage, central: Steered): Promise<void> {
  witness.clear();
  await strap.ask('say', PARAMETER_REQUEST);
  await untilMs(async () => witness.updates().length > 0, 10_000);
  const answers = witness.payloads(CHANNEL.signaling, 'to strap');
  const [wished] = witness.updates();
  report({
    scene: 'parameter-request-is-answered-by-the-kernel-alone',
    holds: answers.length === 1,
    evidence: { answers, commands: witness.commands(OPCODE.connectionUpdate), inForce: wished },
  });
  witness.clear();
  await central.ask('setBack');
  await untilMs(async () => witness.updates().length > 0, 10_000);
  const updates = witness.updates();
  const { isConnected } = await central.ask<CentralState>('state');
  report({
    scene: 'parameters-can-be-set-back',
    holds: isConnected && areOurs(updates.at(-1)),
    evidence: { isConnected, updates, commands: witness.commands(OPCODE.connectionUpdate) },
  });
  await central.ask('disconnect');
}

export async function nothingLeaks(stage: Stage, central: Steered, rounds: number): Promise<void> {
  const before = await central.ask<CentralState>('state');
  const socketsBefore = l2capSockets();
  let connects = 0;
  let longestMs = 0;
  let stallMs = 0;
  await central.ask('find');
  stage.witness.clear();
  for (let round = 0; round < rounds; round++) {
    // It was just let go of; a strap that does not advertise again yet is refused by the emulated controller.
    const tookMs = await untilMs(() => central.ask<boolean>('connect', 10_000), 10_000);
    if (tookMs === undefined) break;
    connects++;
    longestMs = Math.max(longestMs, tookMs);
    stallMs = Math.max(stallMs, (await central.ask<CentralState>('state')).stallMs);
    await central.ask('disconnect');
  }
  const after = await central.ask<CentralState>('state');
  const sockets = l2capSockets() - socketsBefore;
  stage.report({
    scene: 'nothing-leaks-over-many-connections',
    holds: connects === rounds && after.descriptors <= before.descriptors && sockets <= 0 && stallMs < STALL_MAX_MS,
    evidence: {
      rounds,
      connects,
      descriptors: [before.descriptors, after.descriptors],
      sockets,
      stallMs,
      longestConnectMs: longestMs,
      tally: stage.witness.tally(),
    },
  });
}

/** The L2CAP sockets of the whole machine. */
function l2capSockets(): number {
  return readFileSync('/sys/kernel/debug/bluetooth/l2cap', 'utf8')
    .split('\n')
    .filter((line) => line !== '').length;
}
