import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import {
  ALERT_EVENTS,
  ALERT_REASONS,
  type AlertEvent,
  type AlertEventName,
  type AlertReason,
  SEVERITIES,
} from '../../src/domain/alert.ts';
import { CONTEST_REASONS, type ContestReason } from '../../src/domain/contest-reason.ts';
import { encodedBatch } from '../../src/domain/entries.ts';
import { GAP_CAUSES, type Gap, type GapCause } from '../../src/domain/gap.ts';
import type { Batch, Stored, TimeBounds } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { encodeMessage, type Message, messageSchema, topicFor } from '../../src/uplink/message.ts';

const frame = { epoch: 'k3f9', range: { after: 0, through: 100 } };

const timeMs = fc.double({ min: 0, max: 4_102_444_800_000, noNaN: true });
const athlete = fc.string({ minLength: 1 });
const limit = fc.double({ min: 0, max: 300, noNaN: true });
/** As it comes from a strap: a 16-bit count of 1/1024 s. */
const rrTicks = fc.integer({ min: 0, max: 0xffff });

const present = <T extends object>(value: T) => value as Required<T>;
const sample: fc.Arbitrary<Sample> = fc
  .record(
    {
      athlete,
      strap: fc.stringMatching(/^[0-9a-f]{12}$/),
      timeMs,
      monotonicMs: timeMs,
      bpm: fc.integer({ min: 1, max: 0xffff }),
      rrMs: fc.array(rrTicks.map((ticks) => (ticks * 1000) / 1024)),
      contact: fc.constantFrom('detected', 'lost', 'unsupported'),
      energyKj: fc.integer({ min: 0, max: 0xffff }),
      way: fc.constant('broadcast' as const),
      contested: fc.subarray(Object.keys(CONTEST_REASONS) as ContestReason[], { minLength: 1 }),
    },
    { requiredKeys: ['athlete', 'strap', 'timeMs', 'monotonicMs', 'rrMs', 'contact'] },
  )
  .map(present);
const alert: fc.Arbitrary<AlertEvent> = fc
  .record(
    {
      athlete,
      rule: fc.string({ minLength: 1 }),
      event: fc.constantFrom(...(Object.keys(ALERT_EVENTS) as AlertEventName[])),
      timeMs,
      value: limit,
      above: limit,
      below: limit,
      alert: fc.string({ minLength: 1 }),
      severity: fc.constantFrom(...SEVERITIES),
      shadow: fc.constant(true as const),
      estimated: fc.constant(true as const),
      reason: fc.constantFrom(...(Object.keys(ALERT_REASONS) as AlertReason[])),
      acknowledgedBy: fc.string(),
      note: fc.string(),
      noteLeaves: fc.constant(true as const),
      snoozedForMs: fc.nat({ max: 86_400_000 }),
      snoozedBy: fc.string(),
    },
    { requiredKeys: ['athlete', 'rule', 'event', 'timeMs', 'value'] },
  )
  .map(present);
const gap: fc.Arbitrary<Gap> = fc
  .record(
    {
      athlete,
      fromMs: timeMs,
      toMs: timeMs,
      cause: fc.constantFrom(...(Object.keys(GAP_CAUSES) as GapCause[])),
      count: fc.integer({ min: 1, max: 1_000_000 }),
    },
    { requiredKeys: ['athlete', 'fromMs', 'toMs', 'cause'] },
  )
  .map(present);

function stored<T>(records: readonly T[], firstSeq: number): Stored<T>[] {
  return records.map((record, i) => ({ ...record, seq: firstSeq + i }));
}

const unsynchronised: fc.Arbitrary<TimeBounds | undefined> = fc.option(
  fc.record({ notBeforeMs: timeMs, notAfterMs: timeMs }, { requiredKeys: [] }).map(present),
  { nil: undefined },
);

const batch: fc.Arbitrary<Batch> = fc.tuple(fc.nat({ max: 2 ** 40 }), unsynchronised).chain(([firstSeq, bounds]) => {
  const common = { ...frame, ...(bounds === undefined ? {} : { unsynchronised: bounds }) };
  return fc.oneof(
    fc
      .array(sample, { minLength: 1 })
      .map((records): Batch => ({ ...common, kind: 'samples', records: stored(records, firstSeq) })),
    fc
      .array(alert, { minLength: 1 })
      .map((records): Batch => ({ ...common, kind: 'alerts', records: stored(records, firstSeq) })),
    fc
      .array(gap, { minLength: 1 })
      .map((records): Batch => ({ ...common, kind: 'gaps', records: stored(records, firstSeq) })),
  );
});

function encoded(batch: Batch): Uint8Array {
  return encodeMessage('pitch-3', encodedBatch(batch));
}

function decoded(bytes: Uint8Array): Message {
  return messageSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
}

test('the message of the design comes out byte for byte', () => {
  const bytes = encoded({
    ...frame,
    epoch: 'k3f9…',
    kind: 'samples',
    records: [
      {
        seq: 81_723,
        athlete: '7',
        strap: 'a09e1a000007',
        timeMs: 1_700_000_000_123,
        monotonicMs: 5_000,
        bpm: 142,
        rrMs: [422.8515625, 430.6640625],
        contact: 'detected',
      },
    ],
  });
  assert.equal(
    Buffer.from(bytes).toString(),
    '{"v":1,"gateway":"pitch-3","epoch":"k3f9…","kind":"samples",' +
      '"samples":[{"seq":81723,"athlete":"7","strap":"a09e1a000007","t":1700000000123,"bpm":142,"rr":[422.85,430.66],"contact":"detected"}]}',
  );
});

test('an alert comes out with the limits in force, and a gap with its cause', () => {
  const raised: Batch = {
    ...frame,
    kind: 'alerts',
    records: [
      { seq: 5, athlete: '7', rule: 'high-average', event: 'raised', timeMs: 60_000, value: 131.2, above: 120 },
    ],
  };
  assert.equal(
    Buffer.from(encoded(raised)).toString(),
    '{"v":1,"gateway":"pitch-3","epoch":"k3f9","kind":"alerts","alerts":[{"seq":5,"athlete":"7","rule":"high-average","event":"raised","t":60000,"value":131.2,"above":120}]}',
  );
  const answered: Batch = {
    ...raised,
    records: [
      {
        ...{
          seq: 7,
          athlete: '7',
          rule: 'high-average',
          event: 'snoozed',
          timeMs: 60_000.4,
          above: 120,
          alert: 'k3f9-1',
        },
        ...{ severity: 'critical', shadow: true, estimated: true, reason: 'signal-lost', acknowledgedBy: 'AT' },
        ...{ note: 'seen', noteLeaves: true, snoozedForMs: 60_000, snoozedBy: 'PT-2' },
      },
    ],
  };
  assert.match(
    Buffer.from(encoded(answered)).toString(),
    /"event":"snoozed","t":60000,"above":120,"alert":"k3f9-1","severity":"critical","shadow":true,"estimated":true,"reason":"signal-lost","by":"AT","note":"seen","until":120000,"snoozedBy":"PT-2"}]}$/,
  );
  const silence: Batch = {
    ...frame,
    kind: 'gaps',
    records: [{ seq: 6, athlete: '7', fromMs: 1_000.4, toMs: 9_000.5, cause: 'evicted', count: 8 }],
  };
  assert.equal(
    Buffer.from(encoded(silence)).toString(),
    '{"v":1,"gateway":"pitch-3","epoch":"k3f9","kind":"gaps","gaps":[{"seq":6,"athlete":"7","from":1000,"to":9001,"cause":"evicted","count":8}]}',
  );
});

test('what somebody wrote stays here unless it is said to leave', () => {
  const what = { seq: 7, athlete: '7', rule: 'high', event: 'acknowledged', timeMs: 0 } as const;
  const event = { ...what, acknowledgedBy: 'AT', note: 'J. Smith sits down' };
  const text = (records: Stored<AlertEvent>[]) =>
    Buffer.from(encoded({ ...frame, kind: 'alerts', records })).toString();
  assert.ok(!/Smith|note/i.test(text([event])), text([event]));
  assert.match(text([{ ...event, noteLeaves: true }]), /"by":"AT","note":"J. Smith sits down"}/);
});

test('a contested reading that came in a broadcast says both, after everything that others say', () => {
  const record = {
    seq: 9,
    athlete: '7',
    strap: 'a09e1a000007',
    timeMs: 60_000,
    monotonicMs: 5_000,
    bpm: 142,
    rrMs: [],
    contact: 'detected',
    energyKj: 3,
    way: 'broadcast',
    contested: ['second-advertiser', 'rr-disagrees'],
  } as const;
  const bytes = encoded({ ...frame, kind: 'samples', records: [record] });
  assert.equal(
    Buffer.from(bytes).toString(),
    '{"v":1,"gateway":"pitch-3","epoch":"k3f9","kind":"samples","samples":[{"seq":9,"athlete":"7","strap":"a09e1a000007","t":60000,"bpm":142,"contact":"detected","energyKj":3,"way":"broadcast","contested":["second-advertiser","rr-disagrees"]}]}',
  );
});

test('records of a gateway that never learned the time say so, with what is known of it', () => {
  const silence = { seq: 6, athlete: '7', fromMs: 1_000, toMs: 9_000, cause: 'link-lost' } as const;
  const unsynchronised = { notBeforeMs: 1_700_000_000_000.4 };
  const bytes = encoded({ ...frame, unsynchronised, kind: 'gaps', records: [silence] });
  assert.equal(
    Buffer.from(bytes).toString(),
    '{"v":1,"gateway":"pitch-3","epoch":"k3f9","clock":{"state":"unsynchronised","notBefore":1700000000000},"kind":"gaps","gaps":[{"seq":6,"athlete":"7","from":1000,"to":9000,"cause":"link-lost"}]}',
  );
});

test('every batch makes a message that the schema takes', () => {
  fc.assert(
    fc.property(batch, (records) => {
      const message = decoded(encoded(records));
      assert.equal(message.kind, records.kind);
    }),
  );
});

test('nothing is invented: what is unknown is absent, and every record is there with its number', () => {
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1 }), (records) => {
      const message = decoded(encoded({ ...frame, kind: 'samples', records: stored(records, 1) }));
      assert.ok(message.kind === 'samples');
      assert.deepEqual(
        message.samples.map(({ rr, ...entry }) => ({ ...entry, beats: rr?.length ?? 0 })),
        records.map(({ timeMs: at, monotonicMs: _, rrMs, ...entry }, i) => ({
          ...entry,
          seq: i + 1,
          t: Math.round(at),
          beats: rrMs.length,
        })),
      );
    }),
  );
});

test('two decimals are enough to tell every RR interval that a strap can send', () => {
  fc.assert(
    fc.property(rrTicks, (ticks) => {
      const rrMs = [(ticks * 1000) / 1024];
      const record = { seq: 1, athlete: '7', strap: 'a09e1a000007', timeMs: 0, monotonicMs: 0, rrMs };
      const message = decoded(encoded({ ...frame, kind: 'samples', records: [{ ...record, contact: 'detected' }] }));
      assert.ok(message.kind === 'samples');
      const [rr = Number.NaN] = message.samples[0]?.rr ?? [];
      assert.equal(Math.round((rr * 1024) / 1000), ticks);
      assert.match(String(rr), /^\d+(\.\d{1,2})?$/);
    }),
  );
});

test('a message with a field too many, as a name would be, is none', () => {
  const sampleWithName = { seq: 1, athlete: '7', name: 'J. Smith', strap: 'a09e1a000007', t: 1, contact: 'detected' };
  const message = { v: 1, gateway: 'pitch-3', epoch: 'k3f9', kind: 'samples', samples: [sampleWithName] };
  assert.equal(messageSchema.safeParse(message).success, false);
});

test('the schema can be published, and every field in it is explained', () => {
  const schema = z.toJSONSchema(messageSchema);
  const unexplained: string[] = [];
  let fields = 0;
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (path.endsWith('/properties') && !isList(value)) {
        fields += 1;
        if (!('const' in value) && !('description' in value)) unexplained.push(`${path}/${key}`);
      }
      visit(value, `${path}/${key}`);
    }
  };
  visit(schema, '');
  assert.deepEqual(unexplained, []);
  assert.ok(fields > 20, `${fields} fields`);
});

function isList(field: { readonly items?: unknown }): boolean {
  return typeof field.items === 'object' && field.items !== null && 'properties' in field.items;
}

test('samples, alerts and gaps each have their topic below the gateway', () => {
  assert.equal(topicFor('iot/heartrate', 'pitch-3', 'samples'), 'iot/heartrate/pitch-3/samples');
  assert.equal(topicFor('iot/heartrate', 'pitch-3', 'alerts'), 'iot/heartrate/pitch-3/alerts');
  assert.equal(topicFor('iot/heartrate', 'pitch-3', 'gaps'), 'iot/heartrate/pitch-3/health');
});
