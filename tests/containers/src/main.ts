/**
 * `npm run containers`: the stack of docker-compose.yml does the demo's import while each of its containers is killed once,
 * and the books must agree afterwards. The last line counts the claims.
 */
import { LIVE_ATTEMPT_STATES, TERMINAL_BATCH_STATES } from '@reelay/core';
import { connectDb } from '@reelay/db';
import { type Claim, judge, type Strike } from './claims.ts';
import { type Container, killAndStart, listRunning } from './containers.ts';
import { runProgram } from './run-program.ts';
import { DEMO, readOptions } from './settings.ts';
import { makeProject, type Stack, startStack } from './stack.ts';
import { until } from './until.ts';

/** So many more jobs succeed between two strikes: each meets work, and the one before has been got over. */
const JOBS_BETWEEN = 8;
const ENDED: readonly string[] = TERMINAL_BATCH_STATES;

const options = readOptions(process.argv.slice(2));
const startedAtMs = performance.now();
const say = (line: string) =>
  process.stdout.write(`${Math.round((performance.now() - startedAtMs) / 1_000)} s  ${line}\n`);

const stack = await startStack(options, say);
process.once('SIGINT', () => void stack.close().finally(() => process.exit(130)));
let claims: Claim[] = [];
try {
  claims = await drill(stack);
} catch (error) {
  process.stderr.write(await stack.compose('logs', '--tail', '20').catch(() => ''));
  throw error;
} finally {
  if (options.keep) say(`the stack goes on at ${stack.apiUrls.join(' and ')}; secrets are in ${stack.secretsDir}`);
  else await stack.close();
}
report(claims);

async function drill(running: Stack): Promise<Claim[]> {
  const apiKey = await makeProject(running);
  const batchId = await importDemo(running, apiKey);
  say(`${DEMO.file} is batch ${batchId}`);
  const strikes: Strike[] = [];
  for (const container of await listRunning(running)) strikes.push(await strike(running, batchId, container));
  await until('the batch to end', async () => ENDED.includes((await look(running, batchId)).state), 600_000);
  say('the batch has ended');
  await until('the last attempt to settle', async () => (await look(running, batchId)).unsettled === 0).catch(() => {
    say('some attempts wait for evidence');
  });
  return judge(running, batchId, strikes);
}

async function importDemo({ apiUrls: [apiUrl = ''], databaseUrl }: Stack, apiKey: string): Promise<string> {
  const env = { REELAY_API_URL: apiUrl, REELAY_API_KEY: apiKey };
  await runProgram(process.execPath, ['apps/cli/bin/reelay.mjs', 'import', DEMO.file, '--cap', DEMO.capUsd], env);
  return onDatabase(databaseUrl, async ({ prisma }) => (await prisma.batch.findFirstOrThrow()).id);
}

async function strike(running: Stack, batchId: string, container: Container): Promise<Strike> {
  const before = await moreSucceed(running, batchId, JOBS_BETWEEN);
  const healthyAfterMs = await killAndStart(container);
  const after = await moreSucceed(running, batchId, 1);
  say(`killed ${container.name}: healthy ${healthyAfterMs} ms after its start; ${after} of ${DEMO.rows} succeeded`);
  return { container, healthyAfterMs, succeededAfter: after - before };
}

async function moreSucceed(running: Stack, batchId: string, more: number): Promise<number> {
  const now = await until('the database', () => look(running, batchId));
  return until(`${more} more jobs to succeed`, async () => {
    const { succeeded } = await look(running, batchId);
    return succeeded >= now.succeeded + more && succeeded;
  });
}

interface Look {
  readonly state: string;
  readonly succeeded: number;
  readonly unsettled: number;
}

function look({ databaseUrl }: Stack, batchId: string): Promise<Look> {
  return onDatabase(databaseUrl, async ({ prisma }) => {
    const { state } = await prisma.batch.findUniqueOrThrow({ where: { id: batchId } });
    const succeeded = await prisma.job.count({ where: { batch_id: batchId, status: 'succeeded' } });
    const unsettled = await prisma.attempt.count({
      where: { batch_id: batchId, state: { in: [...LIVE_ATTEMPT_STATES] } },
    });
    return { state: String(state), succeeded, unsettled };
  });
}

/** A connection for each look: the server behind it is killed meanwhile. */
async function onDatabase<Found>(
  url: string,
  ask: (db: ReturnType<typeof connectDb>) => Promise<Found>,
): Promise<Found> {
  const db = connectDb({ url, maxConnections: 1, applicationName: 'reelay-containers', onError: () => {} });
  try {
    return await ask(db);
  } finally {
    await db.close();
  }
}

function report(judged: readonly Claim[]): void {
  const failed = judged.filter(({ offenders }) => offenders.length > 0).length;
  for (const { text, figures, offenders } of judged) {
    process.stdout.write(`${offenders.length === 0 ? '✓' : '✗'} ${text} (${figures})\n`);
    for (const offender of offenders.slice(0, 20)) process.stdout.write(`    ${offender}\n`);
  }
  process.stdout.write(`${judged.length - failed} passed, ${failed} failed\n`);
  process.exit(failed === 0 && judged.length > 0 ? 0 : 1);
}
