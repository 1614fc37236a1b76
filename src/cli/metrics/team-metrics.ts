/**
 * Figures about the team and its straps. Neither an athlete nor a strap is in a label: figures are kept for years, in
 * places that know nothing of who may see whose.
 */
import { type AlertEvent, SEVERITIES } from '../../domain/alert.ts';
import { GAP_CAUSES, type GapCause } from '../../domain/gap.ts';
import type { GatewayStatus } from '../../gateway/gateway.ts';
import { SIGNALS } from '../../system/status-document.ts';
import type { EventName } from '../../telemetry/events.ts';
import type { Metric } from '../../telemetry/exposition.ts';

const ALERT_EVENTS = [
  'raised',
  'escalated',
  'acknowledged',
  'snoozed',
  'resumed',
  'cleared',
] as const satisfies readonly AlertEvent['event'][];

const CAUSES = Object.keys(GAP_CAUSES) as GapCause[];

export function teamMetrics({
  athletes,
  adapters,
  gaps,
}: Pick<GatewayStatus, 'athletes' | 'adapters' | 'gaps'>): Metric[] {
  const open = athletes.flatMap(({ alerts = [] }) => alerts);
  const ofCause = (cause: GapCause, figure: (gap: GatewayStatus['gaps'][number]) => number) =>
    gaps.filter((gap) => gap.cause === cause).reduce((sum, gap) => sum + figure(gap), 0);
  const byCause = (figure: (gap: GatewayStatus['gaps'][number]) => number) =>
    CAUSES.map((cause) => ({ labels: { cause }, value: ofCause(cause, figure) }));
  return [
    {
      name: 'sideline_athletes',
      help: 'Athletes by how their signal is; only live ones have a usable heart rate.',
      type: 'gauge',
      samples: SIGNALS.map((signal) => ({
        labels: { signal },
        value: athletes.filter((athlete) => athlete.signal === signal).length,
      })),
    },
    {
      name: 'sideline_straps_battery_low',
      help: 'Straps that say that their battery is low.',
      type: 'gauge',
      samples: [{ value: athletes.filter(({ battery }) => battery?.low === true).length }],
    },
    {
      name: 'sideline_alerts_open',
      help: 'Open alerts by severity; those of rules on trial are not counted.',
      type: 'gauge',
      samples: SEVERITIES.map((severity) => ({
        labels: { severity },
        value: open.filter((alert) => alert.severity === severity).length,
      })),
    },
    {
      name: 'sideline_radio_adapter_ready',
      help: 'Whether the Bluetooth adapter is ready: 1, or 0 when it was lost.',
      type: 'gauge',
      samples: adapters.map(({ adapter, state }) => ({ labels: { adapter }, value: state === 'ready' ? 1 : 0 })),
    },
    {
      name: 'sideline_gaps',
      help: 'Entries of the gap ledger since the start, by cause. One that goes on may get another cause.',
      type: 'gauge',
      samples: byCause((gap) => gap.gaps),
    },
    {
      name: 'sideline_gaps_open',
      help: 'Athletes of whom no reading comes now, by cause.',
      type: 'gauge',
      samples: byCause(({ isOpen }) => (isOpen ? 1 : 0)),
    },
    {
      name: 'sideline_gap_seconds_total',
      help: 'How long the gaps lasted that are over, by cause.',
      type: 'counter',
      samples: byCause(({ seconds }) => seconds),
    },
    {
      name: 'sideline_readings_lost_total',
      help: 'Readings that are known to be lost, by cause. How many a silence would have had nobody knows.',
      type: 'counter',
      samples: byCause(({ readings }) => readings),
    },
  ];
}

/** @param countOf how often an event has happened since the start */
export function alertMetrics(countOf: (name: EventName) => number): Metric[] {
  return [
    {
      name: 'sideline_alert_events_total',
      help: 'Events of alerts that were told at the gateway; after a restart open ones are raised again.',
      type: 'counter',
      samples: ALERT_EVENTS.map((event) => ({ labels: { event }, value: countOf(`alert.${event}`) })),
    },
  ];
}
