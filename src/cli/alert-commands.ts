/** `sideline acknowledge` and `sideline snooze`: tell a running gateway, and print what came of it. */
import { suggest } from '../config/nearest.ts';
import { CONTROL_VERSION, type ControlAnswer, type ControlRequest } from '../system/control-document.ts';
import { command } from './control-question.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { soughtGateway } from './gateway-places.ts';
import { complain, complainOf, complainOfFailure, print } from './output.ts';
import { duration } from './quantity-text.ts';

interface AlertOptions {
  readonly config?: string;
  readonly athlete: string;
  readonly rule?: string;
  readonly by: string;
  readonly json?: true;
}

export interface AcknowledgeOptions extends AlertOptions {
  readonly note?: string;
}

export interface SnoozeOptions extends AlertOptions {
  /** ms */
  readonly for: number;
}

type DoneAnswer = ControlAnswer & { readonly outcome: 'done' };

/** More than can be read at a glance; `--json` has them all. */
const OPEN_SHOWN = 10;

export async function acknowledge({ note, ...options }: AcknowledgeOptions): Promise<ExitCode> {
  const more = note === undefined ? {} : { note };
  return await carriedOut(options, { ...requestOf(options), action: 'acknowledge', ...more });
}

export async function snooze({ for: forMs, ...options }: SnoozeOptions): Promise<ExitCode> {
  return await carriedOut(options, { ...requestOf(options), action: 'snooze', forMs });
}

function requestOf({ athlete, rule, by }: AlertOptions) {
  return { v: CONTROL_VERSION, athlete, by, ...(rule === undefined ? {} : { rule }) } as const;
}

async function carriedOut({ config, json }: AlertOptions, request: ControlRequest): Promise<ExitCode> {
  try {
    const sought = soughtGateway(config, process.env);
    if (!sought.ok) return complainOf(sought.problems);
    const answer = await command(request, sought.value);
    const { document } = answer;
    if (json === true) print(JSON.stringify(answer.json));
    else if (document.outcome === 'done') for (const line of doneLines(document, request)) print(line);
    const trouble = troubleOf(document, request);
    if (trouble === undefined) return EXIT.done;
    complain(`sideline: ${trouble}`);
    return EXIT.failed;
  } catch (error) {
    return complainOfFailure(error);
  }
}

function doneLines({ alerts }: DoneAnswer, { action, by }: ControlRequest): string[] {
  return alerts.map(({ athlete, rule, snoozedForMs = 0 }) => {
    const what = action === 'acknowledge' ? `acknowledged by ${by}` : `quiet for ${duration(snoozedForMs)}`;
    return `athlete ${athlete}, ${rule}: ${what}`;
  });
}

/** Why it was not done, or how it was done is not as it should be; undefined where all is well. */
function troubleOf(answer: ControlAnswer, { athlete, rule }: ControlRequest): string | undefined {
  switch (answer.outcome) {
    case 'done':
      return storedTrouble(answer.stored);
    case 'nothing-open': {
      const which = rule === undefined ? '' : ` of ${rule}`;
      return `athlete ${athlete} has no open alert${which}; ${openText(answer.open)}`;
    }
    case 'unknown-athlete':
      return `athlete ${athlete} is not in the team of the running gateway; ${suggest(athlete, answer.athletes)}`;
    case 'unknown-rule':
      return `athlete ${athlete} has no rule ${rule}; ${suggest(rule ?? '', answer.rules)}`;
    case 'refused':
      return `the gateway refuses: ${answer.reason}; ${answer.remedy}`;
  }
}

function storedTrouble(stored: DoneAnswer['stored']): string | undefined {
  switch (stored) {
    case 'on-disk':
      return undefined;
    case 'in-memory':
      return 'it is done, and in memory only, to be lost with the power: the gateway’s disk cannot be written; see its log';
    case 'waiting':
      return 'it is done, and not stored yet, to be lost with the power until it is: the gateway’s disk is slow or fails; see its log';
  }
}

function openText(open: (ControlAnswer & { readonly outcome: 'nothing-open' })['open']): string {
  if (open.length === 0) return 'no alert is open of anybody';
  const shown = open.slice(0, OPEN_SHOWN).map(({ athlete, rule }) => `${rule} of athlete ${athlete}`);
  const more = open.length - shown.length;
  return `open are: ${shown.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}
