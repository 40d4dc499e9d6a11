import { type RequestStatus, type SimRequest, statusOf } from '../sim-request.ts';

/** One accepted request as `GET /_sim/ledger` tells it. */
export interface LedgerLine {
  readonly sequence: number;
  readonly request_id: string;
  readonly endpoint: string;
  readonly accepted_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly told_at: string | null;
  readonly input_sha256: string;
  readonly seed: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly webhook_url: string | null;
  readonly status: RequestStatus;
  /** What is charged in the end, after surcharge and discount. Integer nano-dollars; a JSON number, which is exact below 2^53 (nine million dollars). */
  readonly billed_nano_usd: number;
  readonly billable_units: string | null;
  readonly http_status: number | null;
}

export function toLedgerLine(request: SimRequest): LedgerLine {
  const { outcome } = request;
  return {
    sequence: request.sequence,
    request_id: request.id,
    endpoint: request.endpoint,
    accepted_at: toIso(request.acceptedAtMs),
    started_at: toIsoOrNull(request.startedAtMs),
    finished_at: toIsoOrNull(outcome?.finishedAtMs ?? null),
    told_at: toIsoOrNull(request.toldAtMs),
    input_sha256: request.inputSha256,
    seed: request.seed,
    tags: request.tags,
    webhook_url: request.webhookUrl,
    status: statusOf(request),
    billed_nano_usd: Number(outcome?.billedNanoUsd ?? 0n),
    billable_units: outcome?.billableUnits ?? null,
    http_status: outcome?.httpStatus ?? null,
  };
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}

function toIsoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : toIso(atMs);
}
