/** `sideline rehearse`: which alerts an athletes file would have raised, and what another one would change. */
import { loadTeam } from '../../config/load.ts';
import type { AlertEvent } from '../../domain/alert.ts';
import type { Team } from '../../domain/athlete.ts';
import { compare } from '../../domain/recording/comparison.ts';
import type { Judgement } from '../../domain/recording/judging.ts';
import { Rehearsal } from '../../domain/recording/rehearse.ts';
import type { AthleteId } from '../../domain/sample.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { complain, complainOf, complainOfFailure, counted, print } from '../output.ts';
import { comparisonJson, comparisonText } from './comparison-text.ts';
import type { RehearseOptions } from './options.ts';
import { type Source, sourceOf } from './source.ts';

/** A team with the rules of one file. */
interface Cast {
  readonly file: string;
  readonly team: Team;
  readonly rehearsal: Rehearsal;
}

export async function rehearse(options: RehearseOptions): Promise<ExitCode> {
  const { athletes, against, athlete } = options;
  const cast = castOf(athletes, athlete);
  if (typeof cast === 'number') return cast;
  const other = against === undefined ? undefined : castOf(against, athlete);
  if (typeof other === 'number') return other;
  try {
    return performed(await sourceOf(options), cast, other, options.json === true);
  } catch (error) {
    return complainOfFailure(error);
  }
}

/** The team of a file, or the exit code after saying what is wrong with it. */
function castOf(file: string, athlete: AthleteId | undefined): Cast | ExitCode {
  const loaded = loadTeam(file, process.env);
  if (!loaded.ok) return complainOf(loaded.problems);
  const team = loaded.value.filter(({ id }) => athlete === undefined || id === athlete);
  if (team.length > 0) return { file, team, rehearsal: new Rehearsal(team) };
  const known = loaded.value.map(({ id }) => id).join(', ');
  complain(`sideline: no athlete "${athlete}" in ${file}; there are: ${known}`);
  return EXIT.failed;
}

function performed(source: Source, cast: Cast, other: Cast | undefined, isJson: boolean): ExitCode {
  const heard = new Set<AthleteId>();
  for (const sample of source.samples) {
    heard.add(sample.athlete);
    cast.rehearsal.takes(sample);
    other?.rehearsal.takes(sample);
  }
  const events = cast.rehearsal.end();
  if (other === undefined) {
    for (const event of events) print(eventJson(event));
  } else {
    const comparison = compare(events, other.rehearsal.end());
    const files = { source: source.name, before: cast.file, after: other.file };
    for (const line of isJson ? [comparisonJson(comparison, files)] : comparisonText(comparison, files)) print(line);
  }
  for (const each of other === undefined ? [cast] : [cast, other]) {
    const prefix = other === undefined ? source.name : `${source.name}, ${each.file}`;
    complainOfJudgements(prefix, each, heard);
  }
  const { notes, isDamaged } = source.passedOver();
  for (const note of notes) complain(`sideline: ${source.name}: ${note}`);
  return isDamaged ? EXIT.failed : EXIT.done;
}

function eventJson({ timeMs, athlete, ...rest }: AlertEvent): string {
  return JSON.stringify({ at: new Date(timeMs).toISOString(), athlete, ...rest });
}

/** Silence about what could not be judged would look like good news. */
function complainOfJudgements(prefix: string, { file, team, rehearsal }: Cast, heard: ReadonlySet<AthleteId>): void {
  const events = rehearsal.end();
  for (const { id } of team) {
    if (!heard.has(id)) {
      complain(`${prefix}, athlete ${id}: no readings`);
      continue;
    }
    const judged = rehearsal.judgements(id).map(judgementText).join(', ');
    const count = events.filter(({ athlete }) => athlete === id).length;
    complain(`${prefix}, athlete ${id}: ${judged === '' ? 'no rules' : judged}; ${counted(count, 'alert event')}`);
  }
  const strangers = [...heard].filter((id) => !team.some((athlete) => athlete.id === id));
  if (strangers.length > 0) complain(`${prefix}: not in ${file}, so held against no rules: ${strangers.join(', ')}`);
}

function judgementText({ rule, of, given, judged }: Judgement): string {
  const unjudged = given - judged;
  const rest = unjudged === 0 ? '' : ` (too little was seen of ${unjudged})`;
  return `${rule} judged ${judged} of ${counted(given, of)}${rest}`;
}
