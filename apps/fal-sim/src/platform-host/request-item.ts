import type { SimRequest } from '../sim-request.ts';

export function buildRequestItem(request: SimRequest, withPayloads: boolean) {
  const { outcome } = request;
  const durationMs = durationMsOf(request);
  return {
    request_id: request.id,
    endpoint_id: request.endpoint,
    // fal's schema wants a moment here even for a request that no runner has taken.
    started_at: toIso(request.startedAtMs ?? request.acceptedAtMs),
    sent_at: toIso(request.acceptedAtMs),
    ended_at: outcome ? toIso(outcome.finishedAtMs) : null,
    status_code: outcome?.httpStatus ?? null,
    duration: durationMs === null ? null : Math.round(durationMs) / 1_000,
    ...(withPayloads ? payloadsOf(request) : {}),
  };
}

/** From sending to the end, in simulated time, as every duration of the simulated world. */
export function durationMsOf({ outcome, acceptedAtSimMs }: SimRequest): number | null {
  return outcome && outcome.finishedAtSimMs - acceptedAtSimMs;
}

/** `X-Fal-Store-IO: 0` keeps both from being stored. */
function payloadsOf({ storeIo, inputText, outcome }: SimRequest): { json_input: unknown; json_output: unknown } {
  if (!storeIo) return { json_input: null, json_output: null };
  return { json_input: parseJson(inputText), json_output: outcome ? parseJson(outcome.body) : null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toIso(atMs: number): string {
  return new Date(atMs).toISOString();
}
