/** The drill from an empty machine to its verdict: load and faults for a while, then rest, then the questions. */
import { readAuditedAttempts } from '@reelay/local';
import { checkAll } from './checks/check-all.ts';
import type { Claim } from './checks/claim.ts';
import { type Failpoints, watchFailpoints } from './faults/arm-failpoints.ts';
import { hitTheRest } from './faults/hit-the-rest.ts';
import { planFailpoints } from './faults/plan-failpoints.ts';
import { type PlannedFault, planFaults } from './faults/plan-faults.ts';
import { USUAL_FAULTS } from './faults/provider-faults.ts';
import { strike } from './faults/strike.ts';
import type { History } from './history.ts';
import { type Journal, openJournal } from './journal.ts';
import { makeCustomer } from './load/customer.ts';
import { planLoad } from './load/plan-load.ts';
import { type Load, sendLoad } from './load/send-load.ts';
import type { DrillOptions } from './parse-options.ts';
import { OPEN } from './proxy/link-state.ts';
import { seededRandom } from './seeded-random.ts';
import type { Stage } from './stage.ts';
import { pause, until } from './wait.ts';
import { isQuiet, type OpenWork, readOpenWork } from './watch/open-work.ts';
import { watchOutcomes } from './watch/outcomes.ts';
import { showProgress } from './watch/progress.ts';
import { watchProvider } from './watch/provider.ts';
import { watchResources } from './watch/resources.ts';

export interface Verdict {
  readonly history: History;
  readonly claims: readonly Claim[];
}

const REST_MIN_MS = 120_000;
const REST_PER_JOB_MS = 100;

export async function runDrill(stage: Stage, options: DrillOptions): Promise<Verdict> {
  const durationMs = options.minutes * 60_000;
  const random = (stream: string) => seededRandom(options.seed, stream);
  const planned = planFaults(random('faults'), { durationMs, backend: options.backend });
  const armed = planFailpoints(random('failpoints'), durationMs);
  const sendings = planLoad(random('load'), { jobs: options.jobs, durationMs: durationMs * 0.9 });

  const journal = openJournal();
  const failpoints = watchFailpoints(stage);
  const watches = {
    outcomes: watchOutcomes(stage.db),
    provider: watchProvider(stage.sim),
    resources: watchResources([...stage.workers, ...stage.apis]),
  };
  await stage.sim.setFaults(USUAL_FAULTS);
  const customers = {
    own: makeCustomer(stage.customerUrl, stage.tenant.apiKey),
    other: makeCustomer(stage.customerUrl, stage.otherTenant.apiKey),
  };
  const load = sendLoad(sendings, customers);
  const startedAtMs = performance.now();
  const progress = showProgress(() =>
    describe(stage, load, { journal, failpoints, startedAtMs, total: sendings.length }),
  );

  const faults = Promise.all(planned.map((fault) => strikeAtItsTime(stage, journal, fault, startedAtMs)));
  for (const each of armed) void pause(each.atMs).then(() => failpoints.arm(each));
  await pause(durationMs);
  await faults;
  await heal(stage);
  await hitTheRest({ failpoints, load, random: random('the rest') });
  failpoints.disarmAll();
  await load.done;

  const restFromMs = performance.now();
  const isAtRest = async () => isQuiet(await readOpenWork(stage.db));
  await until(isAtRest, { timeoutMs: REST_MIN_MS + REST_PER_JOB_MS * options.jobs, everyMs: 250 });
  const restedMs = performance.now() - restFromMs;
  watches.resources.measure();
  await pause(300);
  progress.stop();
  for (const watch of [...Object.values(watches), failpoints]) watch.stop();

  const history: History = {
    ...{ options, stage, load, customers, journal, planned, restedMs },
    ...watches,
    hits: failpoints.hits(),
    ledger: await stage.sim.ledger(),
    attempts: await readAuditedAttempts(stage.db),
    left: await readOpenWork(stage.db),
  };
  return { history, claims: await checkAll(history) };
}

async function strikeAtItsTime(stage: Stage, journal: Journal, fault: PlannedFault, startedAtMs: number) {
  await pause(Math.max(0, fault.atMs - (performance.now() - startedAtMs)));
  await strike(stage, journal, fault);
}

async function heal({ links, sim, workers, apis }: Stage): Promise<void> {
  await Promise.all(links.all().map((link) => link.set(OPEN)));
  for (const each of workers) each.signal('SIGCONT');
  await Promise.all([...workers, ...apis, sim.process].map((each) => each.whenUp(60_000)));
  await sim.setFaults({});
}

interface Shown {
  readonly journal: Journal;
  readonly failpoints: Failpoints;
  readonly startedAtMs: number;
  readonly total: number;
}

async function describe(stage: Stage, load: Load, { journal, failpoints, startedAtMs, total }: Shown): Promise<string> {
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  const work: OpenWork | null = await readOpenWork(stage.db).catch(() => null);
  const jobs = work ? `${work.ended} jobs ended, ${work.queued} wait, ${work.active} run` : 'the database is away';
  const latest = journal.entries.at(-1);
  return [
    `${seconds} s`,
    `${load.promised.length}/${total} sent`,
    jobs,
    `${journal.entries.length} faults (${latest?.kind ?? 'none yet'})`,
    `${failpoints.neverHit().length} failpoints to hit`,
  ].join(' · ');
}
