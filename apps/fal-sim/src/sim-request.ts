export type RequestStatus = 'queued' | 'running' | 'completed' | 'errored' | 'cancelled';

/** What the simulator keeps of an accepted request. Times ending in `SimMs` are on the simulated clock. */
export interface SimRequest {
  readonly id: string;
  /** Order of acceptance, from 1, never reused. */
  readonly sequence: number;
  readonly endpoint: string;
  readonly acceptedAtMs: number;
  readonly acceptedAtSimMs: number;
  readonly inputText: string;
  readonly inputSha256: string;
  readonly seed: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly webhookUrl: string | null;
  /** Where the caller reached the simulator; the addresses in answers start with it. */
  readonly baseUrl: string;
  readonly startTimeoutMs: number | null;
  readonly lowPriority: boolean;
  readonly noRetry: boolean;
  readonly storeIo: boolean;
  /** How many requests with the same input were accepted before: makes draws repeatable per request. */
  readonly ordinal: number;

  state: 'queued' | 'running' | 'finished';
  startedAtMs: number | null;
  startedAtSimMs: number | null;
  /** Changes when fal moves the request to another runner. */
  gatewayRequestId: string;
  outcome: Outcome | null;
  /** Resolves when the outcome is as durable as the ledger; no terminal answer leaves before. */
  outcomeSaved: Promise<void>;
  toldAtMs: number | null;
  webhookEnd: WebhookEnd | null;
}

export type WebhookEnd = 'delivered' | 'given_up' | 'lost';

export interface Outcome {
  readonly status: 'completed' | 'errored' | 'cancelled';
  readonly httpStatus: number;
  /** The body of the result, as JSON text. */
  readonly body: string;
  /** The type of a request error; model errors carry theirs in the body. */
  readonly errorType: string | null;
  readonly retryable: boolean | null;
  readonly userTimeout: boolean;
  /** What is charged in the end: after surcharge and discount. */
  readonly billedNanoUsd: bigint;
  /** After a surcharge, before a discount; without either, the same as what is billed. */
  readonly subtotalNanoUsd: bigint;
  readonly discountPercent: number | null;
  /** The x-fal-billable-units header; null where fal sends none. */
  readonly billableUnits: string | null;
  /** Whether a runner ever worked on it; a request removed from the queue sends no webhook. */
  readonly ran: boolean;
  readonly inferenceMs: number | null;
  readonly finishedAtMs: number;
  readonly finishedAtSimMs: number;
}

export function statusOf(request: SimRequest): RequestStatus {
  if (request.outcome) return request.outcome.status;
  return request.state === 'running' ? 'running' : 'queued';
}
