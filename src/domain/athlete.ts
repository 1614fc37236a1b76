/** The team as the athletes file describes it, defaults already applied. */
import type { Rule } from './rules/kinds.ts';
import type { AthleteId, StrapId } from './sample.ts';

/** How an athlete's strap is recognised. Exactly one of the three. */
export type StrapMatch =
  | { readonly address: StrapId }
  /** The advertised local name, compared exactly. */
  | { readonly name: string }
  /** The serial number string, characteristic 0x2A25, read once after connecting. */
  | { readonly serial: string };

export interface Athlete {
  readonly id: AthleteId;
  /** For local display only: never logged, never published. */
  readonly name?: string;
  readonly strap: StrapMatch;
  readonly rules: readonly Rule[];
}

export type Team = readonly Athlete[];

/** What a version of the athletes file says. */
export interface TeamVersion {
  readonly team: Team;
  /** The first twelve hex digits of the SHA-256 of the file's bytes. */
  readonly version: string;
}
