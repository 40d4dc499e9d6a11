/** I12: what the API answers while everything breaks. */
import type { History } from '../history.ts';
import type { SeenAnswer } from '../load/customer.ts';
import { type Claim, claim } from './claim.ts';
import { countKinds } from './count-kinds.ts';

const DECLARED: ReadonlySet<number> = new Set([200, 202, 404, 408, 409, 422, 429, 503]);
const REPLAYED = 25;

export async function checkAnswers(history: History): Promise<Claim[]> {
  const { customers } = history;
  const seen = [...customers.own.seen, ...customers.other.seen];
  const broken = customers.own.unanswered() + customers.other.unanswered();
  const wrong = seen.filter(({ status }) => !DECLARED.has(status));
  return [
    claim(
      'I12',
      'every answer is one that the API declares, and of 5xx only 503',
      `${countKinds(seen.map(({ status }) => String(status)))}; ${broken} tries without an answer; p50 ${share(seen, 0.5)} ms, p99 ${share(seen, 0.99)} ms, of writes taken p99 ${share(
        seen.filter(({ status }) => status === 202),
        0.99,
      )} ms`,
      wrong.map(({ route, status, code }) => `${route}: ${status} ${code ?? ''}`),
    ),
    await checkReplay(history),
  ];
}

function share(seen: readonly SeenAnswer[], part: number): number {
  const times = seen.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return Math.round(times[Math.floor(part * (times.length - 1))] ?? 0);
}

async function checkReplay({ load, customers }: History): Promise<Claim> {
  const every = Math.max(1, Math.floor(load.promised.length / REPLAYED));
  const asked = load.promised.filter((_, i) => i % every === 0);
  const offenders: string[] = [];
  for (const { sending, id, ask } of asked) {
    const answer = await customers[sending.tenant].ask(ask);
    if (answer?.status !== 202 || answer.body.id !== id) {
      offenders.push(`${sending.key}: ${id}, and now ${answer?.status} ${String(answer?.body.id)}`);
    }
  }
  return claim(
    'I1',
    'the same request with the same key is answered as the first time',
    `${asked.length} repeated`,
    offenders,
  );
}
