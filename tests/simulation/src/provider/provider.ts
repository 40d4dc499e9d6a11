/**
 * fal itself: takes requests or does not, runs them, lists them with a lag, calls back, forgets. What it accepted and
 * billed stands in `requests` and is nobody's but its own; the promises are held against that.
 */
import type { Answer } from '@reelay/fal';
import type { Chance } from '../chance.ts';
import type { Agenda } from '../time/agenda.ts';
import { answer, CUT, LOCKED, TROUBLE } from './answers.ts';
import { planRun, type RunWeights, type Sent } from './plan-run.ts';
import { type ProviderRequest, phaseOf } from './request.ts';

export interface ProviderPlan {
  readonly runs: RunWeights;
  /** What becomes of a request that reaches fal in good times. */
  readonly door: Readonly<Record<Verdict, number>>;
}

type Verdict = 'accept' | 'accept_and_lose_answer' | 'accept_and_stumble' | 'stumble' | 'limit' | 'refuse';

export type Weather = 'fine' | 'locked' | 'down' | 'unreachable' | 'limiting';

export interface Provider {
  readonly requests: ProviderRequest[];
  /** POSTs whose bytes left us, by attempt. */
  readonly posts: Map<string, number>;
  weather: Weather;
  listingWorks: boolean;
  /** Good times: what is not decided yet goes well. */
  calm: boolean;
  /** A request arrives. Null: nobody ever hears an answer. */
  receive(sent: Sent): Answer | null;
  find(requestId: string): ProviderRequest | null;
  cancel(requestId: string): Answer;
}

export interface ProviderParts {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly plan: ProviderPlan;
  readonly say: (text: string) => void;
  /** A run has ended: who asked for a callback gets one. */
  readonly onEnd: (request: ProviderRequest) => void;
}

export function createProvider(parts: ProviderParts): Provider {
  const { agenda, chance, plan, say } = parts;
  const requests: ProviderRequest[] = [];

  const accept = (sent: Sent): ProviderRequest => {
    const request = planRun(chance, sent, plan.runs, `req-${requests.length + 1}`, agenda.now());
    requests.push(request);
    say(`fal accepts ${sent.attemptId} as ${request.id}`);
    watchEnd(request);
    return request;
  };
  const watchEnd = (request: ProviderRequest) => {
    agenda.at(request.endsAtMs, `${request.id} ends`, () => {
      if (agenda.now() < request.endsAtMs) return;
      say(`${request.id} ends: ${request.end}`);
      parts.onEnd(request);
    });
  };

  const provider: Provider = {
    requests,
    posts: new Map(),
    weather: 'fine',
    listingWorks: true,
    calm: false,
    receive: (sent) => {
      if (provider.weather === 'locked') return LOCKED;
      if (provider.weather === 'down') return chance.pick(TROUBLE);
      if (provider.weather === 'limiting') return limited(chance);
      const verdict = provider.calm ? 'accept' : chance.weighted(plan.door);
      if (verdict === 'limit') return limited(chance);
      if (verdict === 'refuse') return answer(chance.pick([400, 422, 404]), { detail: 'refused' });
      if (verdict === 'stumble') return chance.pick(TROUBLE);
      const { id } = accept(sent);
      if (verdict === 'accept_and_lose_answer') return null;
      return verdict === 'accept_and_stumble' ? chance.pick([...TROUBLE, CUT]) : answer(200, { request_id: id });
    },
    find: (requestId) => requests.find(({ id }) => id === requestId) ?? null,
    cancel: (requestId) => cancelAt(requestId),
  };

  function cancelAt(requestId: string): Answer {
    const request = provider.find(requestId);
    const phase = request ? phaseOf(request, agenda.now()) : 'gone';
    if (!request || phase === 'gone') return answer(404, { detail: 'Request not found' });
    if (phase === 'ended') return answer(400, { status: 'ALREADY_COMPLETED' });
    // fal promises nothing: a running request may end as it would have.
    if (phase === 'running' && request.endsAtMs < agenda.now() + 3_600_000 && chance.happens(0.5)) {
      return answer(202, { status: 'CANCELLATION_REQUESTED' });
    }
    request.end = chance.happens(0.5) ? 'cancelled' : 'vanished';
    request.billedNanoUsd = 0n;
    request.endsAtMs = agenda.now() + Math.ceil(chance.between(10, 5_000));
    request.keptUntilMs = request.endsAtMs + 30 * 24 * 3_600_000;
    watchEnd(request);
    return answer(202, { status: 'CANCELLATION_REQUESTED' });
  }

  return provider;
}

function limited(chance: Chance): Answer {
  return answer(429, { detail: 'slow down' }, chance.happens(0.5) ? { 'retry-after': '7' } : {});
}
