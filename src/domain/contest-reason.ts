/**
 * Why a reading is contested: a closed list; the text is what an operator is told.
 *
 * Straps do not authenticate, so nobody can prove who sent a reading. A reason states what was seen and accuses nobody.
 */
export const CONTEST_REASONS = {
  'second-advertiser': 'another sender uses the identity of this strap',
  'gatt-table-changed': 'the strap has another GATT table than at its last link',
  replayed: 'its RR intervals repeat an earlier run of this strap, beat by beat',
  'rr-disagrees': 'its heart rate and its RR intervals do not fit each other',
} as const;

export type ContestReason = keyof typeof CONTEST_REASONS;
