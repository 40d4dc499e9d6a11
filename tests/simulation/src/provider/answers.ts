/** fal's answers as they come over the wire. The product's own tables make of them what they will. */
import type { Answer } from '@reelay/fal';
import { type ProviderRequest, phaseOf } from './request.ts';

const UNIT_PRICE_NANO_USD = 80_000_000n;

export function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, header: (name) => headers[name] ?? null, body: { kind: 'whole', text } };
}

export const CUT: Answer = { status: 200, header: () => null, body: { kind: 'cut', because: 'broken' } };

export const LOCKED = answer(403, { detail: 'User is locked. Reason: Exhausted balance.' });

/** Answers of a gateway in trouble: they say nothing about the request behind it. */
export const TROUBLE: readonly Answer[] = [
  answer(500, 'Internal Server Error'),
  answer(502, '<html>Bad Gateway</html>'),
  answer(503, { detail: 'upstream connect error' }),
  answer(503, { detail: 'unavailable' }, { 'x-fal-error-type': 'runner_connection_error' }),
  answer(504, ''),
  answer(409, { detail: 'conflict' }),
  answer(408, { detail: 'request timeout' }),
  answer(307, ''),
  answer(200, '<html>ok</html>'),
  CUT,
];

export function statusAnswer(request: ProviderRequest, nowMs: number): Answer {
  switch (phaseOf(request, nowMs)) {
    case 'gone':
      return answer(404, { detail: 'Request not found' });
    case 'queued':
      return answer(202, { status: 'IN_QUEUE', queue_position: 0 });
    case 'running':
      return answer(202, { status: 'IN_PROGRESS' });
    case 'ended':
      return answer(200, {
        status: 'COMPLETED',
        ...(request.end === 'ok' || request.end === 'unreadable' ? {} : { error: 'the run failed' }),
      });
  }
}

export function resultAnswer(request: ProviderRequest, nowMs: number): Answer {
  const phase = phaseOf(request, nowMs);
  if (phase === 'gone') return answer(404, { detail: 'Request not found' });
  if (phase !== 'ended') return answer(400, { detail: 'Request is still in progress' });
  const units = request.tellsUnits ? { 'x-fal-billable-units': unitsOf(request.billedNanoUsd) } : {};
  switch (request.end) {
    case 'model_error':
      return answer(500, { detail: 'it broke' }, { 'x-fal-error-type': 'internal_server_error', ...units });
    case 'start_timeout':
      return answer(504, { detail: 'not started in time' }, { 'x-fal-request-timeout-type': 'user' });
    case 'cancelled':
      return answer(499, { detail: 'cancelled' }, { 'x-fal-error-type': 'client_cancelled', ...units });
    case 'rejected': {
      const detail = [{ loc: ['body', 'prompt'], msg: 'not allowed', type: 'content_policy_violation' }];
      return answer(422, { detail }, units);
    }
    default:
      return answer(200, payloadOf(request), units);
  }
}

/** What result and callback carry. It names its request, so that a result taken from another is seen. */
export function payloadOf(request: ProviderRequest): Record<string, unknown> {
  if (request.end === 'unreadable') return { images: [] };
  return { video: { url: `https://media.example.com/${request.id}.mp4` }, seed: Number(request.input.seed) };
}

/** Units × unit price = bill, in as many decimals as it takes. */
function unitsOf(billedNanoUsd: bigint): string {
  const scaled = (billedNanoUsd * 10n ** 10n) / UNIT_PRICE_NANO_USD;
  const digits = scaled.toString().padStart(11, '0');
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`;
}
