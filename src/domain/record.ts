/**
 * What the log holds. Each record gets a sequence number when it is stored; with the gateway's name and
 * the store's epoch that number identifies it for ever, so a receiver can drop what it gets twice.
 */
import type { AlertEvent } from './alert.ts';
import type { Gap } from './gap.ts';
import type { Sample } from './sample.ts';

export type NewRecord =
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'alert'; readonly alert: AlertEvent }
  | { readonly kind: 'gap'; readonly gap: Gap };

export type Stored<T> = T & { readonly seq: number };

/** Records of one kind in ascending sequence, as one message carries them. Never empty. */
export type Batch =
  | { readonly kind: 'samples'; readonly records: readonly Stored<Sample>[] }
  | { readonly kind: 'alerts'; readonly records: readonly Stored<AlertEvent>[] }
  | { readonly kind: 'gaps'; readonly records: readonly Stored<Gap>[] };

/** One lane of delivery for each kind, most urgent first: an alert waits for nothing, the ledger for alerts only. */
export const LANES = ['alerts', 'gaps', 'samples'] as const satisfies readonly Batch['kind'][];
export type Lane = (typeof LANES)[number];
