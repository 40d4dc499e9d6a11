/** The drill from a running stage to its verdict: load and faults for a while, then rest, then the questions. */
import { readAuditedAttempts } from '@reelay/local';
import { checkAll } from './checks/check-all.ts';
import type { Claim } from './checks/claim.ts';
import { type Failpoints, watchFailpoints } from './faults/arm-failpoints.ts';
import { hitTheRest } from './faults/hit-the-rest.ts';
import type { PlannedFault } from './faults/plan-faults.ts';
import { USUAL_FAULTS } from './faults/provider-faults.ts';
import { strike } from './faults/strike.ts';
import type { History } from './history.ts';
import { type Journal, openJournal } from './journal.ts';
import { makeCustomer } from './load/customer.ts';
import { type Load, sendLoad } from './load/send-load.ts';
import { type Steering, steer } from './load/steer.ts';
import type { DrillOptions } from './parse-options.ts';
import { type Plan, planDrill } from './plan-drill.ts';
import { OPEN } from './proxy/link-state.ts';
import { seededRandom } from './seeded-random.ts';
import type { Stage } from './stage.ts';
import { pause, until } from './wait.ts';
import { isQuiet, readOpenWork } from './watch/open-work.ts';
import { watchOutcomes } from './watch/outcomes.ts';
import { showProgress } from './watch/progress.ts';
import { progressLine } from './watch/progress-line.ts';
import { watchProvider } from './watch/provider.ts';
import { watchResources } from './watch/resources.ts';

export interface Verdict {
  readonly history: History;
  readonly claims: readonly Claim[];
}

/** What goes on at the same time on one stage. */
export interface Run {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly journal: Journal;
  readonly failpoints: Failpoints;
  readonly customers: History['customers'];
  readonly load: Load;
  readonly steering: Steering;
  readonly startedAtMs: number;
}

const REST_MIN_MS = 120_000;
const REST_PER_JOB_MS = 100;
const MEASURE_MS = 500;

export async function runDrill(stage: Stage, options: DrillOptions): Promise<Verdict> {
  const watches = {
    outcomes: watchOutcomes(stage.db),
    provider: watchProvider(stage.sim),
    resources: watchResources([...stage.workers, ...stage.apis]),
  };
  await stage.sim.setFaults(USUAL_FAULTS);
  const run = begin(stage, options);
  const progress = showProgress(() => progressLine(run));
  await underFire(run);
  await hitTheRest({ ...run, random: seededRandom(options.seed, 'the rest') });
  await Promise.all([run.load.done, run.steering.done]);
  const restedMs = await untilRest(run);
  run.failpoints.disarmAll();
  watches.resources.measure();
  await pause(MEASURE_MS);
  progress.stop();
  for (const watch of [...Object.values(watches), run.failpoints]) watch.stop();
  const history = { ...(await collect(run)), ...watches, options, restedMs };
  return { history, claims: await checkAll(history) };
}

function begin(stage: Stage, options: DrillOptions): Run {
  const plan = planDrill(options);
  const customers = {
    own: makeCustomer(stage.customerUrl, stage.tenant.apiKey),
    other: makeCustomer(stage.customerUrl, stage.otherTenant.apiKey),
  };
  const load = sendLoad(plan.sendings, customers);
  const steering = steer(plan.steps, load, customers.own);
  const shared = { stage, plan, customers, load, steering, startedAtMs: performance.now() };
  return { ...shared, journal: openJournal(), failpoints: watchFailpoints(stage) };
}

/** Until the time is up and the last fault is over; then everything is whole again. */
async function underFire(run: Run): Promise<void> {
  const { plan, failpoints } = run;
  for (const each of plan.failpoints) void pause(each.atMs).then(() => failpoints.arm(each));
  await Promise.all([pause(plan.durationMs), ...plan.faults.map((fault) => strikeAtItsTime(run, fault))]);
  await heal(run.stage);
}

async function strikeAtItsTime({ stage, journal, startedAtMs }: Run, fault: PlannedFault): Promise<void> {
  await pause(Math.max(0, fault.atMs - (performance.now() - startedAtMs)));
  await strike(stage, journal, fault);
}

async function heal({ links, sim, workers, apis }: Stage): Promise<void> {
  await Promise.all(links.all().map((link) => link.set(OPEN)));
  for (const each of workers) each.signal('SIGCONT');
  await Promise.all([...workers, ...apis, sim.process].map((each) => each.whenUp(60_000)));
  await sim.setLocked(false);
  await sim.setFaults({});
}

async function untilRest({ stage, plan }: Run): Promise<number> {
  const fromMs = performance.now();
  const isAtRest = async () => isQuiet(await readOpenWork(stage.db));
  await until(isAtRest, { timeoutMs: REST_MIN_MS + REST_PER_JOB_MS * plan.jobs, everyMs: 250 });
  return performance.now() - fromMs;
}

async function collect({ stage, plan, load, steering, customers, journal, failpoints }: Run) {
  return {
    ...{ stage, load, steering, customers, journal },
    planned: plan.faults,
    hits: failpoints.hits(),
    ledger: await stage.sim.ledger(),
    attempts: await readAuditedAttempts(stage.db),
    left: await readOpenWork(stage.db),
  };
}
