/** Judges one athletes file, and answers with the team or with what is wrong, as the log may have it. */
import { parentPort, workerData } from 'node:worker_threads';
import { teamVersionOf } from '../config/load.ts';
import { loggableOfAthletes, tellableWords } from '../config/loggable-problem.ts';
import type { AthletesAnswer, AthletesQuestion } from './athletes-line.ts';

parentPort?.postMessage(answerTo(workerData as AthletesQuestion));

function answerTo({ path, read, inForce, responses }: AthletesQuestion): AthletesAnswer {
  const loaded = teamVersionOf(path, read, process.env, Date.now(), responses);
  if (loaded.ok) return loaded;
  const words = tellableWords(inForce);
  return { ok: false, problems: loaded.problems.map((problem) => loggableOfAthletes(problem, words)) };
}
