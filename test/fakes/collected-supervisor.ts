/** Keeps what it is told, in that order. */
import type { Supervisor } from '../../src/ports.ts';

export class CollectedSupervisor implements Supervisor {
  readonly told: string[] = [];
  /** How often the pipeline was said to go on. */
  fed = 0;

  ready(): void {
    this.told.push('ready');
  }

  status(text: () => string): void {
    const line = text();
    if (this.told.findLast((told) => told.includes('athlete')) !== line) this.told.push(line);
  }

  progress(): void {
    this.fed++;
  }

  reloading(): void {
    this.told.push('reloading');
  }

  stopping(): void {
    this.told.push('stopping');
  }
}
