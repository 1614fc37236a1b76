/**
 * What a person may do about open alerts: take notice of them, or have them be quiet for a while. Neither ends an alert,
 * and none of it switches an alarm off: quiet has an end.
 */
import type { AlertEvent } from './alert.ts';
import type { RuleEngine } from './rules/engine.ts';
import type { AthleteId } from './sample.ts';

/** How long an alert may be quiet, ms. Longer than a match would be switching the alarm off. */
export const SNOOZE_MS = { least: 60_000, most: 4 * 3_600_000 } as const;

/** What a person may write: one line, of so many characters at most. */
export const NOTE_PATTERN = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,500}$/u;

export type AlertCommand = {
  readonly athlete: AthleteId;
  /** One alert; absent for all that are open of the athlete, but those of rules on trial. */
  readonly rule?: string;
  /** The id of the person, which leaves the gateway with the event. */
  readonly by: string;
} & (
  | { readonly action: 'acknowledge'; readonly note?: string }
  /** Within `SNOOZE_MS`. */
  | { readonly action: 'snooze'; readonly forMs: number }
);

/** What a command has come to. */
export type CommandOutcome =
  /** The events of the alerts' lives, at least one. */
  | { readonly outcome: 'done'; readonly alerts: readonly AlertEvent[] }
  /** None of those that were meant; with all that are. */
  | { readonly outcome: 'nothing-open'; readonly open: readonly Pick<AlertEvent, 'athlete' | 'rule'>[] }
  | { readonly outcome: 'unknown-athlete'; readonly athletes: readonly AthleteId[] }
  | { readonly outcome: 'unknown-rule'; readonly rules: readonly string[] };

/** @param circumstances the time, Unix ms, and whether notes may leave the gateway */
export function carryOut(
  command: AlertCommand,
  engine: RuleEngine,
  circumstances: { readonly timeMs: number; readonly sendNotes: boolean },
): CommandOutcome {
  const { athlete, rule } = command;
  if (!engine.watches(athlete)) return { outcome: 'unknown-athlete', athletes: engine.athletes() };
  const rules = engine.rulesOf(athlete);
  if (rule !== undefined && !rules.includes(rule)) return { outcome: 'unknown-rule', rules };
  const meant = rule === undefined ? engine.openAlerts(athlete) : [rule];
  const alerts = meant.flatMap((each) => eventOf(command, each, engine, circumstances) ?? []);
  return alerts.length > 0 ? { outcome: 'done', alerts } : { outcome: 'nothing-open', open: allOpen(engine) };
}

function eventOf(
  command: AlertCommand,
  rule: string,
  engine: RuleEngine,
  { timeMs, sendNotes }: { readonly timeMs: number; readonly sendNotes: boolean },
): AlertEvent | undefined {
  const { athlete, by } = command;
  switch (command.action) {
    case 'acknowledge': {
      const noteLeaves = sendNotes ? true : undefined;
      return engine.acknowledge({ athlete, rule }, { by, note: command.note, noteLeaves, timeMs });
    }
    case 'snooze':
      return engine.snooze({ athlete, rule }, { by, forMs: command.forMs, timeMs });
  }
}

function allOpen(engine: RuleEngine): Pick<AlertEvent, 'athlete' | 'rule'>[] {
  return engine.athletes().flatMap((athlete) => engine.openAlerts(athlete).map((rule) => ({ athlete, rule })));
}
