/**
 * Tells systemd how the service is, through the `systemd-notify` program. Outside a unit of `Type=notify`
 * there is no one to tell and nothing happens. Telling is never worth a failure: what goes wrong is logged.
 */
import { spawn } from 'node:child_process';
import notify from 'systemd-notify';
import { messageOf } from '../domain/errors.ts';
import type { Supervisor, Telemetry } from '../ports.ts';

export class Systemd implements Supervisor {
  readonly #telemetry: Telemetry;
  readonly #listening: boolean;

  constructor(options: { telemetry: Telemetry; env: NodeJS.ProcessEnv }) {
    this.#telemetry = options.telemetry;
    this.#listening = options.env['NOTIFY_SOCKET'] !== undefined;
  }

  ready(): void {
    this.#tell(() => notify({ ready: true, status: 'running' }));
  }

  status(text: string): void {
    this.#tell(() => notify({ status: text }));
  }

  /** The package knows no STOPPING=1; the program that it runs takes any variable. */
  stopping(): void {
    this.#tell(
      () =>
        new Promise((resolve, reject) => {
          spawn('systemd-notify', ['STOPPING=1'], { stdio: 'ignore' }).once('error', reject).once('close', resolve);
        }),
    );
  }

  #tell(send: () => Promise<unknown>): void {
    if (!this.#listening) return;
    send().catch((error: unknown) => this.#telemetry.emit({ event: 'supervisor.failed', reason: messageOf(error) }));
  }
}
