/**
 * What the page on the log says of an event beside its own words. Read by what writes that page and by the tests; the
 * gateway itself has no use for it.
 */
import type { EventName, FieldsOf } from '../events.ts';

export interface Note<Fields> {
  /** What somebody can do; there is something for each event that is a warning or an error. */
  readonly remedy?: string;
  /** One for each level that it may have, at least. */
  readonly examples: readonly [Fields, ...Fields[]];
}

/** Of all events whose names begin with one of these words and a dot. */
export type Notes<Area extends string> = {
  readonly [Name in EventName as Name extends `${Area}.${string}` ? Name : never]: Note<FieldsOf<Name>>;
};
