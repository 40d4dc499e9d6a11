/** What customers do while their jobs run: pause and resume, cancel, retry. Whether it is allowed, the API says. */
import type { Random } from '../seeded-random.ts';
import { pause } from '../wait.ts';
import type { Customer } from './customer.ts';
import type { Load } from './send-load.ts';

const STEPS = {
  pause: 8_000,
  'cancel by drain': 30_000,
  'cancel by abort': 30_000,
  'cancel of a job': 4_000,
  'retry of a batch': 9_000,
  'retry of a job': 12_000,
} as const;

type Step = keyof typeof STEPS;

export interface PlannedStep {
  readonly step: Step;
  readonly atMs: number;
  readonly key: string;
  /** Which of the batches or jobs there are by then, as a share of them. */
  readonly target: number;
  readonly ms: number;
}

export interface Steering {
  /** `pause 200`, `retry of a job 409`… */
  readonly answers: readonly string[];
  /** Every step was answered, and every batch that was paused goes on. */
  readonly done: Promise<void>;
}

export function planSteps(random: Random, durationMs: number): PlannedStep[] {
  return Object.entries(STEPS).flatMap(([step, everyMs]) => {
    const count = Math.max(1, Math.round(durationMs / everyMs));
    return Array.from({ length: count }, (_, i) => ({
      step: step as Step,
      atMs: Math.round(((i + 0.3 + 0.6 * random.next()) / count) * durationMs),
      key: `${step.replaceAll(' ', '-')}-${i + 1}`,
      target: random.next(),
      ms: Math.round(random.between(500, 3_000)),
    }));
  });
}

export function steer(plan: readonly PlannedStep[], load: Load, customer: Customer): Steering {
  const answers: string[] = [];
  const startedAtMs = performance.now();
  const post = async (path: string, route: string, key: string, body?: object) => {
    const answer = await customer.ask({
      ...{ method: 'POST', path, route: `POST ${route}`, key },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer?.status ?? null;
  };
  const toBatch = (id: string, verb: string, key: string, body?: object) =>
    post(`/v1/batches/${id}/${verb}`, `/v1/batches/{id}/${verb}`, key, body);
  const toJob = (id: string, verb: string, key: string) =>
    post(`/v1/jobs/${id}/${verb}`, `/v1/jobs/{id}/${verb}`, key, {});

  async function take({ step, key, target, ms }: PlannedStep): Promise<number | null> {
    const batch = at(load.batchIds(), target);
    const job = step === 'retry of a job' ? await someFailedJob(customer, target) : at(load.jobIds(), target);
    if (step.endsWith('a job'))
      return job === null ? null : toJob(job, step.startsWith('retry') ? 'retry' : 'cancel', key);
    if (batch === null) return null;
    if (step === 'retry of a batch') return toBatch(batch, 'retry', key, { status: ['failed'] });
    if (step !== 'pause') return toBatch(batch, 'cancel', key, { mode: step.endsWith('abort') ? 'abort' : 'drain' });
    const status = await toBatch(batch, 'pause', key);
    await pause(ms);
    await toBatch(batch, 'resume', `${key}-resume`);
    return status;
  }

  const takeAtItsTime = async (planned: PlannedStep) => {
    await pause(Math.max(0, planned.atMs - (performance.now() - startedAtMs)));
    answers.push(`${planned.step} ${(await take(planned)) ?? 'had nothing to do'}`);
  };
  return { answers, done: Promise.all(plan.map(takeAtItsTime)).then(() => {}) };
}

function at(items: readonly string[], share: number): string | null {
  return items[Math.floor(share * items.length)] ?? null;
}

async function someFailedJob(customer: Customer, share: number): Promise<string | null> {
  const answer = await customer.ask({ method: 'GET', path: '/v1/jobs?status=failed', route: 'GET /v1/jobs' });
  const jobs = Array.isArray(answer?.body.data) ? (answer.body.data as { id: string }[]) : [];
  return at(
    jobs.map(({ id }) => id),
    share,
  );
}
