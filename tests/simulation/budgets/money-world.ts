/** Two projects with keys, batches and single jobs of mixed prices, on a database whose clock is ours. */
import { DEFAULT_MODEL_ID, ID_RANDOM_BYTES, type IdKind, makeId, makePolicy } from '@reelay/core';
import { ensureSingleLane, inTransaction } from '@reelay/db';
import { type Context, createSecretBox } from '@reelay/engine';
import { collectTasks, silentLog } from '@reelay/testkit';
import { type Chance, createChance } from '../src/chance.ts';
import type { VirtualDatabase } from '../src/store/virtual-database.ts';

export interface MoneyWorld {
  readonly database: VirtualDatabase;
  readonly context: Context;
  readonly chance: Chance;
  readonly projects: readonly Project[];
  readonly story: string[];
  nowMs: number;
}

export interface Project {
  readonly id: string;
  readonly keys: readonly string[];
  readonly batches: readonly string[];
}

/** Minutes before a month ends, so that every kind of window is left soon. */
const START_MS = Date.parse('2027-01-31T22:50:00Z');
export const PRICE_MAX = 30;

export async function makeMoneyWorld(database: VirtualDatabase, seed: number): Promise<MoneyWorld> {
  const chance = createChance(seed, 'budgets');
  await database.clear();
  await database.setNow(START_MS);
  const projects: Project[] = [];
  for (let i = chance.whole(1, 2); i > 0; i--) projects.push(await addProject(database, chance));
  const inFlightMax = chance.pick([2, 7, 30]);
  await database.control.query('UPDATE provider_accounts SET in_flight_max = $1, in_flight_configured = $1', [
    inFlightMax,
  ]);
  return {
    database,
    context: contextOn(database),
    chance,
    projects,
    story: [`in flight: ${inFlightMax}`],
    nowMs: START_MS,
  };
}

/** Nothing is sent: the steps say what fal answered. */
export function contextOn({ db }: VirtualDatabase): Context {
  return {
    ...{ db, queue: collectTasks(), fal: {} as Context['fal'], policy: makePolicy(), log: silentLog(), owner: 'test' },
    secretBox: createSecretBox('a deployment secret of the simulation'),
    ...{ now: () => START_MS, monotonicMs: () => START_MS, random: () => 0.5, failpoint: async () => {} },
  };
}

export function idOf(chance: Chance, kind: IdKind): string {
  return makeId(
    kind,
    START_MS,
    Uint8Array.from({ length: ID_RANDOM_BYTES }, () => chance.whole(0, 255)),
  );
}

async function addProject(database: VirtualDatabase, chance: Chance): Promise<Project> {
  const { control } = database;
  const id = idOf(chance, 'project');
  await control.query("INSERT INTO projects (id, name) VALUES ($1, 'p')", [id]);
  const keys = [idOf(chance, 'apiKey'), idOf(chance, 'apiKey')];
  for (const key of keys) {
    await control.query("INSERT INTO api_keys (id, project_id, name, secret_hash) VALUES ($1, $2, 'k', $1)", [key, id]);
  }
  const batches: string[] = [];
  for (let i = chance.whole(1, 3); i > 0; i--) {
    const batchId = await addBatch(database, chance, id, chance.pick(keys));
    batches.push(batchId);
  }
  for (const apiKeyId of [null, ...keys]) {
    const laneId = await inTransaction(database.db, (tx) => ensureSingleLane(tx, id, apiKeyId));
    await addJobs(database, chance, { projectId: id, batchId: null, laneId, apiKeyId, count: 2 });
  }
  return { id, keys, batches };
}

async function addBatch(database: VirtualDatabase, chance: Chance, projectId: string, apiKeyId: string) {
  const { control } = database;
  const id = idOf(chance, 'batch');
  const count = chance.whole(3, 14);
  const cap = chance.happens(0.5) ? chance.whole(0, count * PRICE_MAX) : null;
  await control.query(
    `INSERT INTO batches (id, project_id, api_key_id, model, state, max_attempts) VALUES ($1, $2, $3, $4, 'in_progress', 3)`,
    [id, projectId, apiKeyId, DEFAULT_MODEL_ID],
  );
  await control.query('INSERT INTO lanes (id, project_id, batch_id) VALUES ($1, $2, $1)', [id, projectId]);
  await control.query('INSERT INTO budgets (scope, project_id, limit_nano_usd) VALUES ($1, $2, $3)', [
    `batch:${id}`,
    projectId,
    cap,
  ]);
  await addJobs(database, chance, { projectId, batchId: id, laneId: id, apiKeyId, count });
  return id;
}

interface JobsHome {
  readonly projectId: string;
  readonly batchId: string | null;
  readonly laneId: string;
  readonly apiKeyId: string | null;
  readonly count: number;
}

async function addJobs({ control }: VirtualDatabase, chance: Chance, home: JobsHome): Promise<void> {
  for (let row = 1; row <= home.count; row++) {
    await control.query(
      `INSERT INTO jobs (id, project_id, batch_id, lane_id, api_key_id, row_no, model, input, max_attempts, estimated_nano_usd, price_version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', 3, $8, 'v')`,
      [
        ...[idOf(chance, 'job'), home.projectId, home.batchId, home.laneId, home.apiKeyId],
        ...[home.batchId === null ? 0 : row, DEFAULT_MODEL_ID, chance.whole(1, PRICE_MAX)],
      ],
    );
  }
}
