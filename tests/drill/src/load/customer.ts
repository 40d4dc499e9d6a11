/** A customer who does it right: every write carries a key and is repeated with it until there is an answer. */
import { pause } from '../wait.ts';

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly tries: number;
}

/** One answer of the API, the ones that led to another try too. */
export interface SeenAnswer {
  readonly route: string;
  readonly status: number;
  readonly code: string | null;
  readonly tookMs: number;
}

export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The path without ids, to tell routes apart. */
  readonly route: string;
  readonly key?: string;
  readonly body?: string;
  readonly contentType?: string;
}

export interface Customer {
  readonly seen: readonly SeenAnswer[];
  /** Connections that broke, and answers that did not come in time. */
  readonly unanswered: () => number;
  /** Null when nobody answered for the whole time that a customer has. */
  ask(ask: Ask): Promise<Answered | null>;
}

const TRY_TIMEOUT_MS = 12_000;
const PATIENCE_MS = 150_000;
const AGAIN_AFTER_MS = 300;

export function makeCustomer(url: string, apiKey: string): Customer {
  const seen: SeenAnswer[] = [];
  let unanswered = 0;

  async function tryOnce(ask: Ask): Promise<{ status: number; body: Record<string, unknown> } | null> {
    const startedAtMs = performance.now();
    try {
      const response = await fetch(`${url}${ask.path}`, {
        method: ask.method,
        signal: AbortSignal.timeout(TRY_TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(ask.key ? { 'idempotency-key': ask.key } : {}),
          ...(ask.body === undefined ? {} : { 'content-type': ask.contentType ?? 'application/json' }),
        },
        ...(ask.body === undefined ? {} : { body: ask.body }),
      });
      const text = await response.text();
      const body = readObject(text);
      const code = typeof body.code === 'string' ? body.code : null;
      seen.push({ route: ask.route, status: response.status, code, tookMs: performance.now() - startedAtMs });
      return { status: response.status, body };
    } catch {
      unanswered += 1;
      return null;
    }
  }

  return {
    seen,
    unanswered: () => unanswered,
    ask: async (ask) => {
      const endsAtMs = performance.now() + PATIENCE_MS;
      for (let tries = 1; performance.now() < endsAtMs; tries++) {
        const answer = await tryOnce(ask);
        if (answer && !isToBeRepeated(answer.status, answer.body.code)) return { ...answer, tries };
        await pause(AGAIN_AFTER_MS);
      }
      return null;
    },
  };
}

function isToBeRepeated(status: number, code: unknown): boolean {
  return status >= 500 || status === 408 || status === 429 || code === 'idempotency_in_progress';
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
