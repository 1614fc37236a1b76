/** `sideline status`: how a running gateway is, told by itself. Reads only. */
import { EXIT, type ExitCode } from './exit-code.ts';
import { soughtGateway } from './gateway-places.ts';
import { complainOf, complainOfFailure, print } from './output.ts';
import { askStatus } from './status-question.ts';
import { statusText } from './status-text.ts';

export interface StatusOptions {
  readonly config?: string;
  readonly json?: true;
}

/** Where there is no terminal to be as wide as. */
const COLUMNS = 80;

export async function status({ config, json }: StatusOptions): Promise<ExitCode> {
  try {
    const sought = soughtGateway(config, process.env);
    if (!sought.ok) return complainOf(sought.problems);
    const answer = await askStatus(sought.value);
    if (json === true) print(JSON.stringify(answer.json));
    else for (const line of statusText(answer.document, process.stdout.columns ?? COLUMNS)) print(line);
    return EXIT.done;
  } catch (error) {
    return complainOfFailure(error);
  }
}
