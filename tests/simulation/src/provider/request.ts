/** A request as fal knows it: what it accepted, how the run ends, and what it bills. The oracle of the simulation. */
export type RunEnd = 'ok' | 'model_error' | 'rejected' | 'unreadable' | 'start_timeout' | 'cancelled' | 'vanished';

export interface ProviderRequest {
  readonly id: string;
  readonly endpointId: string;
  readonly attemptId: string;
  readonly jobId: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly acceptedAtMs: number;
  /** Null: callbacks were not asked for. */
  readonly webhookUrl: string | null;
  /** From when the listing shows it; null: never. */
  readonly listedAtMs: number | null;
  /** Whether the listing keeps the output of a success. */
  readonly listsOutput: boolean;
  startsAtMs: number;
  /** Infinity while it is stuck. */
  endsAtMs: number;
  end: RunEnd;
  /** What fal bills, whole nano-dollars. */
  billedNanoUsd: bigint;
  /** Whether the result's header says what was billed. */
  readonly tellsUnits: boolean;
  /** After this status and result are gone. */
  keptUntilMs: number;
}

export type Phase = 'queued' | 'running' | 'ended' | 'gone';

export function phaseOf(request: ProviderRequest, nowMs: number): Phase {
  if (request.end === 'vanished' && nowMs >= request.endsAtMs) return 'gone';
  if (nowMs >= request.endsAtMs) return nowMs >= request.keptUntilMs ? 'gone' : 'ended';
  return nowMs >= request.startsAtMs ? 'running' : 'queued';
}

/** Ended, and somebody could be paid for it. */
export function hasSucceeded(request: ProviderRequest, nowMs: number): boolean {
  return request.end === 'ok' && nowMs >= request.endsAtMs;
}
