/** A source that a test drives by hand. */
import type { AthleteId } from '../../src/domain/sample.ts';
import type { HeartRateSource, SourceEvent, StrapWish } from '../../src/ports.ts';

export class ScriptedSource implements HeartRateSource {
  /** What it was last started with. */
  wishes: readonly StrapWish[] = [];
  /** What it was told to prefer, in order, before its start too. */
  readonly preferred: ReadonlySet<AthleteId>[] = [];
  #onEvent: ((event: SourceEvent) => void) | undefined;

  get started(): boolean {
    return this.#onEvent !== undefined;
  }

  start(wishes: readonly StrapWish[], onEvent: (event: SourceEvent) => void): Promise<void> {
    this.wishes = wishes;
    this.#onEvent = onEvent;
    return Promise.resolve();
  }

  wish(wishes: readonly StrapWish[]): void {
    if (this.started) this.wishes = wishes;
  }

  prefer(athletes: ReadonlySet<AthleteId>): void {
    this.preferred.push(athletes);
  }

  stop(): Promise<void> {
    this.#onEvent = undefined;
    return Promise.resolve();
  }

  /** Hands the event over at once; a source that is not running hands over nothing. */
  emit(event: SourceEvent): void {
    this.#onEvent?.(event);
  }
}
