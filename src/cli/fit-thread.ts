/** Reads one FIT file in a thread whose memory is its own, and answers with the recording or with what is wrong. */
import { parentPort, workerData } from 'node:worker_threads';
import { isOperatingError } from '../domain/errors.ts';
import type { FitAnswer, FitQuestion } from './fit-line.ts';
import { parseFit } from './fit-recording.ts';

parentPort?.postMessage(answerTo(workerData as FitQuestion));

function answerTo({ bytes, file }: FitQuestion): FitAnswer {
  try {
    return { ok: true, recording: parseFit(bytes, file) };
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    const { message, remedy } = error;
    return { ok: false, message, ...(remedy === undefined ? {} : { remedy }) };
  }
}
