/** What a program of the system prints, or why it has printed nothing. */
import { execFile } from 'node:child_process';

const PATIENCE_MS = 10_000;
const OUTPUT_MAX_BYTES = 8_000_000;

/** Never rejects. */
export async function outputOf(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const options = { env, timeout: PATIENCE_MS, maxBuffer: OUTPUT_MAX_BYTES, killSignal: 'SIGKILL' } as const;
  return await new Promise((resolve) => {
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null && stdout !== '') return resolve(stdout);
      const why = stderr.trim() || (error === null ? 'there is nothing' : error.message);
      resolve(`${stdout}(${program}: ${why})\n`);
    });
  });
}
