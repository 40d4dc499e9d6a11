/**
 * The attempt protocol: the only table of which state may follow which. The database enforces the same table
 * (trigger `attempts_guard`), and a test holds the two together.
 *
 * reserved   intent and money reserved, nothing sent: safe to drive again or to give back
 * sending    bytes may be on the wire; has an owner and a deadline
 * accepted   fal gave a request id; has an outcome deadline
 * refused    provably not accepted
 * unknown    maybe paid: never sent again, waits for evidence; refused only by its own sender's proof
 * succeeded, failed   fal's outcome is stored; final
 * lost       declared never accepted, by rule or by a person; late evidence still moves it to accepted
 * released   given back before sending (pause, cancel, shutdown)
 */
export const ATTEMPT_TRANSITIONS = {
  reserved: ['sending', 'released'],
  sending: ['accepted', 'refused', 'unknown'],
  accepted: ['succeeded', 'failed', 'lost'],
  refused: [],
  unknown: ['accepted', 'lost', 'refused'],
  succeeded: [],
  failed: [],
  lost: ['accepted'],
  released: [],
} as const;

export type AttemptState = keyof typeof ATTEMPT_TRANSITIONS;

/** At most one attempt of a job is in one of these at a time. */
export const LIVE_ATTEMPT_STATES = ['reserved', 'sending', 'accepted', 'unknown'] as const satisfies AttemptState[];

/** States that a proof of acceptance (webhook, listing, the sender's own late answer) moves to `accepted`. */
export const ADOPTABLE_ATTEMPT_STATES = ['sending', 'unknown', 'lost'] as const satisfies AttemptState[];

export function canMoveAttempt(from: AttemptState, to: AttemptState): boolean {
  return (ATTEMPT_TRANSITIONS[from] as readonly AttemptState[]).includes(to);
}
