/** What is held about connections that do not come about, and processes that say goodbye to nobody. */
import { setTimeout as wait } from 'node:timers/promises';
import type { CentralState } from './messages.ts';
import { centralOf, freed, OPCODE, STALL_MAX_MS, type Stage, untilMs } from './stage.ts';
import type { Steered } from './steered.ts';

/** The kernel frees a link 2 s after nothing holds it, a slow machine some time later, ms. */
const FREED_MAX_MS = 8_000;

/** What this is all about: with the package's own socket, an absent strap stops the process. */
export async function packageStandsStill(stage: Stage): Promise<void> {
  const central = await centralOf(stage, 'package');
  await central.ask('find');
  await stage.strap.ask('withdraw');
  await central.ask('state');
  await central.ask('connect', 6_000);
  const { stallMs, uid } = await central.ask<CentralState>('state');
  stage.report({ scene: 'package-own-socket-stands-still', holds: stallMs > 10_000, evidence: { stallMs, uid } });
  await central.kill();
  await stage.strap.ask('advertise');
}

export async function absentStrapBlocksNothing(stage: Stage, central: Steered): Promise<void> {
  const { controller, witness } = stage;
  await central.ask('find');
  await controller.ask('withhold');
  witness.clear();
  await central.ask('state');
  const startMs = performance.now();
  const isConnected = await central.ask('connect', 10_000);
  const tookMs = Math.round(performance.now() - startMs);
  const { stallMs } = await central.ask<CentralState>('state');
  await untilMs(async () => witness.connections().length > 0, 2_000);
  const [cancelled] = witness.connections();
  const isPending = await controller.ask('isPending');
  stage.report({
    scene: 'absent-strap-blocks-nothing-and-is-cancelled',
    holds: isConnected === false && stallMs < STALL_MAX_MS && cancelled?.status === 2 && isPending === false,
    evidence: { isConnected, tookMs, stallMs, cancelled, tally: witness.tally() },
  });
}

/** The controller is at it for longer than the kernel would let it, and then the strap is there. */
export async function lateStrapIsConnected({ controller, witness, report }: Stage, central: Steered): Promise<void> {
  await central.ask('find');
  await controller.ask('withhold');
  witness.clear();
  const connecting = central.ask('connect', 40_000);
  await wait(21_000);
  await controller.ask('release');
  const isConnected = await connecting;
  await wait(6_000);
  const state = await central.ask<CentralState>('state');
  report({
    scene: 'late-strap-is-connected-and-held',
    holds: isConnected === true && state.isConnected && state.stallMs < STALL_MAX_MS,
    evidence: { isConnected, isStillConnected: state.isConnected, stallMs: state.stallMs, tally: witness.tally() },
  });
  await central.ask('disconnect');
}

/** A process that was killed says goodbye to nobody: the kernel does, and the strap can be had again. */
export async function killedProcessFreesItsLinks(stage: Stage, central: Steered): Promise<void> {
  await central.ask('find');
  const isConnected = await central.ask('connect', 10_000);
  await central.ask('subscribe');
  const startMs = performance.now();
  await central.kill();
  const freedMs = await freed(stage);
  const next = await centralOf(stage, 'kernel');
  await next.ask('find');
  const isBack = await next.ask('connect', 10_000);
  const backMs = Math.round(performance.now() - startMs);
  stage.report({
    scene: 'killed-process-frees-its-links',
    holds: isConnected === true && freedMs !== undefined && freedMs < FREED_MAX_MS && isBack === true,
    evidence: { isConnected, freedMs, isBack, backMs },
  });
  await next.ask('disconnect');
  await next.kill();
}

/** It also leaves the controller at a connection, during which it refuses any other. */
export async function killedWhileConnecting(stage: Stage): Promise<void> {
  const { controller, witness } = stage;
  const central = await centralOf(stage, 'kernel');
  await central.ask('find');
  await controller.ask('withhold');
  const connecting = central.ask('connect', 60_000).catch(() => {});
  await wait(1_000);
  const wasPending = await controller.ask('isPending');
  witness.clear();
  await central.kill();
  await connecting;
  await controller.ask('pass');
  const next = await centralOf(stage, 'kernel');
  await next.ask('find');
  const isConnected = await next.ask('connect', 10_000);
  stage.report({
    scene: 'process-after-one-killed-while-connecting-connects',
    holds: wasPending === true && isConnected === true,
    evidence: { wasPending, isConnected, cancels: witness.commands(OPCODE.createConnectionCancel).length },
  });
  if (isConnected === true) await next.ask('disconnect');
  await next.kill();
}
