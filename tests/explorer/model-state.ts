/** Everything that the explored world consists of, and what in it may still go wrong. */
import { type AttemptState, canMoveAttempt, LIVE_ATTEMPT_STATES } from '@reelay/core';

export interface ModelAttempt {
  state: AttemptState;
  posts: number;
  /** A POST that left and has not reached fal. */
  onTheWire: boolean;
  accepted: boolean;
  run: 'none' | 'running' | 'ok' | 'bad';
  /** Proof of its acceptance has reached somebody who could store it. */
  proven: boolean;
  /** fal has told us the outcome. */
  told: boolean;
  callbacks: number;
  /** A person has given it up, paid or not. */
  givenUp: boolean;
  /** A person has accepted that fal may charge for it beside another. */
  risk: boolean;
  /** Its acceptance is known and counts for no attempt, because the job has a newer one. */
  orphan: boolean;
}

export interface ModelWorker {
  step: 'idle' | 'claimed' | 'waiting' | 'got_accepted' | 'got_refused' | 'got_nothing';
  attempt: number;
}

export interface ModelState {
  job: 'queued' | 'active' | 'succeeded' | 'failed' | 'needs_review';
  batch: 'in_progress' | 'completed';
  /** Whoever closes batches looks first, and closes then. */
  closer: 'idle' | 'saw_nothing_open';
  paused: boolean;
  attempts: ModelAttempt[];
  workers: ModelWorker[];
  /** Attempts that a submit task exists for, with repetitions. */
  tasks: number[];
  crashes: number;
  losses: number;
  doubles: number;
  pauses: number;
  /** How often a person still decides something. */
  decisions: number;
}

/** Departures from the protocol, to show that the search finds what each would cost. */
export interface Flaws {
  readonly sendWithoutClaim?: boolean;
  readonly resubmitUnknown?: boolean;
  readonly lostAnswerIsRefusal?: boolean;
  readonly forgetLateAnswer?: boolean;
  readonly closeOnAnOldLook?: boolean;
  readonly requeueInClosedBatch?: boolean;
  readonly takeBackBesideLive?: boolean;
  readonly forgetLateEvidence?: boolean;
  readonly retryUnproven?: boolean;
  readonly retryBesideASuccess?: boolean;
  /** Batches are closed by whoever ends a job, and never by patrol. */
  readonly closeOnlyAtOnce?: boolean;
  readonly keepUnknownWhenRunAgain?: boolean;
  /** Not only its own sender may call an unknown attempt refused. */
  readonly refuseForAnother?: boolean;
}

export interface Step {
  readonly name: string;
  readonly next: ModelState;
}

export const ATTEMPTS_MAX = 2;

/** How much may go wrong, and who takes part: every order of so much is searched, and no order of more. */
export interface Scope {
  readonly crashes: number;
  readonly losses: number;
  readonly doubles: number;
  readonly pauses: number;
  readonly decisions: number;
}

export function initialState(scope: Scope): ModelState {
  return {
    job: 'queued',
    batch: 'in_progress',
    closer: 'idle',
    paused: false,
    attempts: [],
    workers: [
      { step: 'idle', attempt: -1 },
      { step: 'idle', attempt: -1 },
    ],
    tasks: [],
    ...scope,
  };
}

export function newAttempt(): ModelAttempt {
  return {
    state: 'reserved',
    posts: 0,
    onTheWire: false,
    accepted: false,
    run: 'none',
    proven: false,
    told: false,
    callbacks: 0,
    givenUp: false,
    risk: false,
    orphan: false,
  };
}

export function after(state: ModelState, name: string, change: (next: ModelState) => void): Step[] {
  const next = copyOf(state);
  change(next);
  return [{ name, next }];
}

function copyOf(state: ModelState): ModelState {
  return {
    ...state,
    attempts: state.attempts.map((attempt) => ({ ...attempt })),
    workers: state.workers.map((worker) => ({ ...worker })),
    tasks: [...state.tasks],
  };
}

/** The conditional update: moves only if the table allows it, and says whether it won. */
export function move(attempt: ModelAttempt, to: AttemptState): boolean {
  if (!canMoveAttempt(attempt.state, to)) return false;
  attempt.state = to;
  return true;
}

export const isLive = ({ state }: ModelAttempt) => (LIVE_ATTEMPT_STATES as readonly AttemptState[]).includes(state);

export const isOpen = ({ job }: ModelState) => job === 'queued' || job === 'active';

export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
}
