/** Figures about what is stored and what is sent. The label `uplink` is its role, and not its address. */
import { RECORD_KINDS } from '../../domain/record.ts';
import type { GatewayCounters, GatewayStatus } from '../../gateway/gateway.ts';
import type { Metric } from '../../telemetry/exposition.ts';

/** Sizes in bytes, absent where nobody can tell. */
export interface StoreSizes {
  readonly usedBytes?: number | undefined;
  readonly freeBytes?: number | undefined;
  readonly maxBytes: number;
}

export function storeMetrics(
  { store, clock }: Pick<GatewayStatus, 'store' | 'clock'>,
  { received, stored }: Pick<GatewayCounters, 'received' | 'stored'>,
  sizes: StoreSizes,
): Metric[] {
  return [
    counter('readings_received', 'Readings that came from the straps.', received),
    {
      name: 'sideline_records_stored_total',
      help: 'Records that were stored, by kind.',
      type: 'counter',
      samples: RECORD_KINDS.map((kind) => ({ labels: { kind }, value: stored.records[kind] })),
    },
    counter('store_commits', 'Transactions that were written to the store.', stored.commits),
    gauge('store_pending_records', 'Records that are not known to be on the disk yet.', store.pending),
    gauge('store_size_bytes', 'What the store takes up of the disk.', sizes.usedBytes),
    gauge('store_limit_bytes', 'What the store may take up.', sizes.maxBytes),
    gauge('store_filesystem_free_bytes', 'What is free where the store is.', sizes.freeBytes),
    gauge('store_failing', 'Whether the store cannot be written now.', store.failing),
    gauge('store_in_memory', 'Whether records are in memory only, since the disk cannot be written.', store.inMemory),
    gauge('store_damaged', 'Whether damage was found in the store since the start, or lies beside it.', store.damaged),
    gauge('clock_trusted', 'Whether the wall clock is taken for right.', clock.trusted),
    gauge(
      'clock_correction_seconds',
      'By how much the stamps of this boot were put right.',
      clock.correctionMs === undefined ? undefined : clock.correctionMs / 1000,
    ),
  ];
}

export function uplinkMetrics(uplinks: GatewayStatus['uplinks'], counters: GatewayCounters['uplinks']): Metric[] {
  return [
    {
      name: 'sideline_uplink_connected',
      help: 'Whether the uplink is connected.',
      type: 'gauge',
      samples: uplinks.map(({ role: uplink, connected }) => ({ labels: { uplink }, value: Number(connected) })),
    },
    {
      name: 'sideline_backlog_records',
      help: 'Records that are stored and not acknowledged by the uplink, by kind.',
      type: 'gauge',
      samples: uplinks.flatMap(({ role: uplink, backlog }) =>
        backlog === undefined ? [] : RECORD_KINDS.map((kind) => ({ labels: { uplink, kind }, value: backlog[kind] })),
      ),
    },
    {
      name: 'sideline_backlog_oldest_seconds',
      help: 'How old the oldest reading is that is stored and not acknowledged by the uplink.',
      type: 'gauge',
      samples: uplinks.flatMap(({ role: uplink, backlog, oldestMs }) => {
        // Without a backlog it is 0; where nobody knows its age it is absent.
        const ms = backlog?.samples === 0 ? 0 : oldestMs;
        return ms === undefined ? [] : [{ labels: { uplink }, value: ms / 1000 }];
      }),
    },
    {
      name: 'sideline_uplink_unacknowledged_bytes',
      help: 'Bytes that are sent and have no answer yet.',
      type: 'gauge',
      samples: uplinks.map(({ role: uplink, unacknowledgedBytes: value }) => ({ labels: { uplink }, value })),
    },
    {
      name: 'sideline_uplink_last_acknowledgement_timestamp_seconds',
      help: 'When the uplink last acknowledged a message, Unix time by the clock of the gateway.',
      type: 'gauge',
      samples: uplinks.flatMap(({ role: uplink, lastAcknowledgedMs: ms }) =>
        ms === undefined ? [] : [{ labels: { uplink }, value: ms / 1000 }],
      ),
    },
    {
      name: 'sideline_uplink_messages_sent_total',
      help: 'Messages that were sent, by what they carry; what is sent again is counted again.',
      type: 'counter',
      samples: counters.flatMap(({ role: uplink, traffic }) =>
        RECORD_KINDS.map((kind) => ({ labels: { uplink, kind }, value: traffic.messages[kind] })),
      ),
    },
    {
      name: 'sideline_uplink_sent_bytes_total',
      help: 'Bytes of the packets with these messages, as they were handed to the network.',
      type: 'counter',
      samples: counters.map(({ role: uplink, traffic }) => ({ labels: { uplink }, value: traffic.bytes })),
    },
    {
      name: 'sideline_uplink_messages_settled_total',
      help: 'What became of messages: acknowledged, refused, too large, or lost with the connection.',
      type: 'counter',
      samples: counters.flatMap(({ role: uplink, traffic }) =>
        Object.entries(traffic.outcomes).map(([outcome, value]) => ({ labels: { uplink, outcome }, value })),
      ),
    },
    {
      name: 'sideline_uplink_records_delivered_total',
      help: 'Records in messages that the uplink has acknowledged, by kind.',
      type: 'counter',
      samples: counters.flatMap(({ role: uplink, traffic }) =>
        RECORD_KINDS.map((kind) => ({ labels: { uplink, kind }, value: traffic.delivered[kind] })),
      ),
    },
    {
      name: 'sideline_uplink_acknowledgement_seconds',
      help: 'How long after a message was sent it was acknowledged.',
      type: 'histogram',
      samples: counters.map(({ role: uplink, traffic }) => ({
        labels: { uplink },
        value: traffic.acknowledgementSeconds,
      })),
    },
  ];
}

function counter(name: string, help: string, value: number): Metric {
  return { name: `sideline_${name}_total`, help, type: 'counter', samples: [{ value }] };
}

/** @param value absent where nobody knows; a yes is 1 */
function gauge(name: string, help: string, value: number | boolean | undefined): Metric {
  return {
    name: `sideline_${name}`,
    help,
    type: 'gauge',
    samples: value === undefined ? [] : [{ value: Number(value) }],
  };
}
