/** `sideline rehearse`: which alerts an athlete's rules would have raised over a recording. */
import { loadTeam } from '../config/load.ts';
import { type Judgement, judgements, rehearse as rehearseRecording } from '../domain/recording/rehearse.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, complainOf, complainOfFailure, counted, print } from './output.ts';
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
    const recording = readRecording(options.recording);
    const events = rehearseRecording(athlete, recording);
    for (const { timeMs, athlete: id, ...rest } of events) {
      print(JSON.stringify({ at: new Date(timeMs).toISOString(), athlete: id, ...rest }));
    }
    const judged = judgements(athlete, recording).map(judgementText).join(', ');
    const of = `${options.recording}, athlete ${athlete.id}`;
    complain(`${of}: ${judged === '' ? 'no rules' : judged}; ${counted(events.length, 'alert event')}`);
    return EXIT.done;
  } catch (error) {
    return complainOfFailure(error);
  }
}

/** Silence about a recording that could not be judged would look like good news. */
function judgementText({ rule, of, given, judged }: Judgement): string {
  const unjudged = given - judged;
  const rest = unjudged === 0 ? '' : ` (too little was seen of ${unjudged})`;
  return `${rule} judged ${judged} of ${counted(given, of)}${rest}`;
}
