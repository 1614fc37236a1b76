/** `sideline rehearse`: which alerts an athlete's rules would have raised over a recording. */
import { loadTeam } from '../config/load.ts';
import { rehearse as rehearseRecording } from '../domain/recording/rehearse.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, complainOf, complainOfFailure, print } from './output.ts';
import { readRecording } from './recording-file.ts';

export function rehearse(options: { athletes: string; recording: string; athlete: string }): ExitCode {
  const loaded = loadTeam(options.athletes, process.env);
  if (!loaded.ok) return complainOf(loaded.problems);
  const athlete = loaded.value.find(({ id }) => id === options.athlete);
  if (athlete === undefined) {
    const known = loaded.value.map(({ id }) => id).join(', ');
    complain(`sideline: no athlete "${options.athlete}" in ${options.athletes}; there are: ${known}`);
    return EXIT.failed;
  }
  try {
    for (const { timeMs, athlete: id, ...rest } of rehearseRecording(athlete, readRecording(options.recording))) {
      print(JSON.stringify({ at: new Date(timeMs).toISOString(), athlete: id, ...rest }));
    }
    return EXIT.done;
  } catch (error) {
    return complainOfFailure(error);
  }
}
