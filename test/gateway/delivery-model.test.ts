/** Delivery under whatever a line and a broker can do, in any order. What is sent twice is found by the rig itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { NewRecord, RecordKind } from '../../src/domain/record.ts';
import { alertOf, samplesOf } from '../contract/outbox.ts';
import { ROLE, running } from './delivery-rig.ts';

/** What the test knows by itself. */
interface Model {
  seconds: number;
  isCut: boolean;
  isHeld: boolean;
  /** What the broker refuses, or hangs up on. */
  trouble: RecordKind | 'all' | undefined;
  /** Whether what came first is no longer told from what came again. */
  wasRefused: boolean;
}

type Rig = Awaited<ReturnType<typeof running>>;
type Command = fc.AsyncCommand<Model, Rig>;

const concerns = (trouble: Model['trouble']) => (batch: { kind: RecordKind }) =>
  trouble === 'all' || batch.kind === trouble;

class Append implements Command {
  readonly #samples: number;
  readonly #others: readonly ('alert' | 'gap')[];

  constructor(samples: number, others: readonly ('alert' | 'gap')[]) {
    this.#samples = samples;
    this.#others = others;
  }

  check = () => true;

  async run(model: Model, t: Rig): Promise<void> {
    const { seconds } = model;
    model.seconds += this.#samples;
    const gap: NewRecord = { kind: 'gap', gap: { athlete: '7', fromMs: seconds, toMs: seconds, cause: 'link-lost' } };
    await t.outbox.append([
      ...['7', '8'].flatMap((athlete) => samplesOf(athlete, seconds, model.seconds)),
      ...this.#others.map((kind) => (kind === 'alert' ? alertOf('7', 'raised') : gap)),
    ]);
    await t.pass();
    assertNothingUrgentWaits(model, t);
  }

  toString = () => `append ${this.#samples} samples of each, ${this.#others.join()}`;
}

class Line implements Command {
  readonly #name: string;
  readonly #act: (model: Model, t: Rig) => void;

  constructor(name: string, act: (model: Model, t: Rig) => void) {
    this.#name = name;
    this.#act = act;
  }

  check = () => true;

  async run(model: Model, t: Rig): Promise<void> {
    const before = t.uplink.sendings.length;
    const wasConnected = t.line.connected;
    this.#act(model, t);
    await t.pass();
    if (!wasConnected && t.line.connected) assertBeginsWell(t, before);
    assertNothingUrgentWaits(model, t);
  }

  toString = () => this.#name;
}

class Pass implements Command {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check = () => true;

  async run(model: Model, t: Rig): Promise<void> {
    await t.pass(this.#ms);
    assertNothingUrgentWaits(model, t);
  }

  toString = () => `pass ${this.#ms} ms`;
}

const COMMANDS = [
  fc
    .tuple(fc.integer({ min: 0, max: 300 }), fc.array(fc.constantFrom('alert', 'gap'), { maxLength: 4 }))
    .map(([samples, others]) => new Append(samples, others)),
  fc.integer({ min: 1, max: 15_000 }).map((ms) => new Pass(ms)),
  line('cut', (model, t) => {
    model.isCut = true;
    t.line.cut();
  }),
  line('restore', (model, t) => {
    model.isCut = false;
    t.line.restore();
  }),
  line('release', (model, t) => {
    model.isHeld = false;
    t.line.release();
  }),
  ...(['messages', 'acknowledgements'] as const).map((what) =>
    line(`hold ${what}`, (model, t) => {
      // A line keeps its order: nothing may overtake what is still held before the broker.
      t.line.release();
      t.line.hold(what);
      model.isHeld = true;
    }),
  ),
  ...(['samples', 'gaps', 'all'] as const).flatMap((trouble) => [
    line(`refuse ${trouble}`, (model, t) => {
      model.trouble = trouble;
      model.wasRefused = true;
      t.line.refuse('busy', concerns(trouble));
    }),
    line(`hang up on ${trouble}`, (model, t) => {
      model.trouble = trouble;
      t.line.hangUpOn(concerns(trouble));
    }),
  ]),
  line('take everything', (model, t) => acceptAll(model, t)),
];

function line(name: string, act: (model: Model, t: Rig) => void): fc.Arbitrary<Command> {
  return fc.constant(new Line(name, act));
}

function acceptAll(model: Model, { line: uplink }: Rig): void {
  model.trouble = undefined;
  uplink.refuse(undefined);
  uplink.hangUpOn(undefined);
}

/** No alert waits while it could go: four may be under way, and a suspect alone. */
function assertNothingUrgentWaits(model: Model, t: Rig): void {
  if (!t.line.connected || model.isHeld || model.trouble !== undefined || model.wasRefused) return;
  if (t.telemetry.named('uplink.poison').length > 0) return;
  assert.equal(t.outbox.backlog(ROLE).alerts, 0, 'alerts wait');
  assert.equal(t.outbox.backlog(ROLE).gaps, 0, 'ledger entries wait');
}

/** The most urgent is the first on a new connection, and before anything is answered little is under way. */
function assertBeginsWell(t: Rig, before: number): void {
  const sent = t.uplink.sendings.slice(before);
  const urgencies = sent.slice(0, 3).map(({ batch }) => ['alerts', 'gaps', 'samples'].indexOf(batch.kind));
  assert.deepEqual(
    urgencies,
    [...urgencies].sort((a, b) => a - b),
  );
  const waiting = t.uplink.underWay.filter(({ batch }) => batch.kind === 'samples');
  const bytes = waiting.reduce((sum, sending) => sum + sending.bytes, 0);
  assert.ok(waiting.length <= 1 || bytes <= 8_192, `${bytes} bytes under way`);
}

/** By athlete and lane, in the order of their first arrival. The backfill is told by its form. */
function assertInOrder(t: Rig): void {
  const orders = new Map<string, number[]>();
  const seen = new Set<number>();
  for (const { batch, form } of t.line.arrived) {
    if (batch.kind !== 'samples') continue;
    for (const { seq, athlete } of batch.records) {
      if (seen.has(seq)) continue;
      seen.add(seq);
      const key = `${athlete} ${form}`;
      orders.set(key, [...(orders.get(key) ?? []), seq]);
    }
  }
  for (const [key, order] of orders) {
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      key,
    );
  }
}

test('whatever the line does, everything arrives, once unless it was under way when something failed, and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 25 }), async (commands) => {
      const t = await running({ backfillForm: 'compressed' });
      const model: Model = { seconds: 0, isCut: false, isHeld: false, trouble: undefined, wasRefused: false };
      await t.pass();
      await fc.asyncModelRun(() => ({ model, real: t }), commands);
      acceptAll(model, t);
      t.line.release();
      t.line.restore();
      for (let i = 0; i < 3; i++) await t.pass(70_000);
      if (t.telemetry.named('uplink.poison').length > 0) await t.pass(3_700_000);
      assert.deepEqual(t.outbox.backlog(ROLE), { alerts: 0, gaps: 0, samples: 0 });
      const arrived = new Set(
        t.line.arrived.flatMap(({ batch }) => batch.records.map(({ seq }) => `${batch.kind} ${seq}`)),
      );
      assert.equal(arrived.size, t.outbox.head);
      if (!model.wasRefused && t.telemetry.named('uplink.poison').length === 0) assertInOrder(t);
      assert.deepEqual(t.telemetry.named('store.delivery-failed'), []);
      await t.stop();
    }),
    { numRuns: 100 },
  );
});
