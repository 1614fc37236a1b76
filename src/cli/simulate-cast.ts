/** Who is simulated: an invented team or that of a file, with hearts, and perhaps one who plays a recording. */
import { demoTeam, type SimulatedAthlete } from '../../simulator/world.ts';
import { type Loaded, loadTeam } from '../config/load.ts';
import type { Team } from '../domain/athlete.ts';
import { OperatingError } from '../domain/errors.ts';
import type { Recording } from '../domain/recording/recording.ts';
import { RuleEngine } from '../domain/rules/engine.ts';
import { readRecording } from './recording-file.ts';
import type { SimulateOptions } from './simulate-options.ts';

export interface Cast {
  readonly team: Team;
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
  const loaded: Loaded<Team> =
    options.athletes === undefined
      ? { ok: true, value: demoTeam(recording === undefined ? options.count : 1, options.seed) }
      : loadTeam(options.athletes, process.env);
  if (!loaded.ok) return loaded;
  const team = loaded.value;
  if (recording === undefined) return { ok: true, value: { team, athletes: team, faults: options.faults } };
  return { ok: true, value: { team, ...withRecording(team, recording, options.athlete), faults: false } };
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
