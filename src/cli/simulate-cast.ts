/** Who is simulated: an invented team or that of a file, with hearts, and perhaps one who plays a recording. */
import { demoTeam, type SimulatedAthlete } from '../../simulator/world.ts';
import { type Loaded, teamVersionOf } from '../config/load.ts';
import { readText } from '../config/text-file.ts';
import type { Team, TeamVersion } from '../domain/athlete.ts';
import { OperatingError } from '../domain/errors.ts';
import type { Recording } from '../domain/recording/recording.ts';
import { RuleEngine } from '../domain/rules/engine.ts';
import { readRecording } from './recording-file.ts';
import type { SimulateOptions } from './simulate-options.ts';

export interface Cast {
  readonly team: Team;
  /** Of the athletes file, where there is one. */
  readonly athletesVersion?: string;
  readonly athletes: readonly SimulatedAthlete[];
  readonly faults: boolean;
  /** Unix ms; with a recording only. */
  readonly recordingStartMs?: number;
  /** When every window with a reading in it has ended. */
  readonly recordingEndMs?: number;
}

/** Lets the last commit and the last judgement happen before the simulation ends. */
const MARGIN_MS = 5_000;

/** @throws OperatingError when the recording, or the athlete who is to play it, is not there */
export async function castOf(options: SimulateOptions): Promise<Loaded<Cast>> {
  const recording = options.recording === undefined ? undefined : await readRecording(options.recording);
  const loaded: Loaded<Pick<TeamVersion, 'team'> & Partial<TeamVersion>> =
    options.athletes === undefined
      ? { ok: true, value: { team: demoTeam(recording === undefined ? options.count : 1, options.seed) } }
      : teamVersionOf(options.athletes, readText(options.athletes), process.env);
  if (!loaded.ok) return loaded;
  const { team, version } = loaded.value;
  const file = version === undefined ? {} : { athletesVersion: version };
  if (recording === undefined) return { ok: true, value: { team, ...file, athletes: team, faults: options.faults } };
  return { ok: true, value: { team, ...file, ...withRecording(team, recording, options.athlete), faults: false } };
}

function withRecording(
  team: Team,
  recording: Recording,
  player = team[0]?.id,
): Pick<Cast, 'athletes' | 'recordingStartMs' | 'recordingEndMs'> {
  if (!team.some(({ id }) => id === player)) {
    throw new OperatingError('recording-invalid', `no athlete "${player}" to play the recording`, {
      remedy: `choose one of: ${team.map(({ id }) => id).join(', ')}`,
    });
  }
  const { measurements } = recording;
  const firstMs = measurements[0]?.timeMs ?? 0;
  const lastMs = measurements.at(-1)?.timeMs ?? firstMs;
  return {
    athletes: team.map((athlete) => (athlete.id === player ? { ...athlete, recording } : athlete)),
    recordingStartMs: firstMs,
    recordingEndMs: lastMs + new RuleEngine(team).outlastsMs + MARGIN_MS,
  };
}
