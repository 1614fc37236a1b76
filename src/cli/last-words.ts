/** The end of the log, before the end of the process. */
import type { StandardError } from '../telemetry/sinks.ts';

/** Waits until the last lines are read. Where nobody reads, the process ends here: it has stopped in every other way. */
export async function lastWords(stderr: StandardError): Promise<void> {
  if (await stderr.end()) return;
  // One of Node's threads hangs in the write, and an ordinary exit would wait for it for ever.
  process.kill(process.pid, 'SIGKILL');
}
