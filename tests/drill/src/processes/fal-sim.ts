/** The provider as a process of its own: it may be killed, and its ledger on disk is the second history. */
import path from 'node:path';
import { type ProviderRequest, providerRequestFrom } from '@reelay/local';
import { findFreePort } from '../free-port.ts';
import { PROJECT_ROOT } from '../project-root.ts';
import { SETTINGS } from '../settings.ts';
import { Supervised } from './supervised.ts';

export type FaultTable = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

export interface SimSummary {
  readonly accepted: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly errored: number;
  readonly cancelled: number;
  readonly billed_nano_usd: number;
  readonly max_in_progress: number;
  readonly submits_seen: number;
  readonly webhooks: Readonly<Record<string, number>>;
  readonly webhook_user_id: string;
}

export interface FalSimProcess {
  readonly port: number;
  readonly process: Supervised;
  setFaults(table: FaultTable): Promise<void>;
  setLocked(isLocked: boolean): Promise<void>;
  summary(): Promise<SimSummary>;
  ledger(): Promise<ProviderRequest[]>;
}

const BACK_TIMEOUT_MS = 30_000;

export async function startFalSimProcess(directory: string, seed: number): Promise<FalSimProcess> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  let faults: FaultTable = {};
  let isLocked = false;
  const ask = async (where: string, init?: RequestInit) => {
    const answer = await fetch(`${url}${where}`, { ...init, signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new Error(`fal-sim answered ${answer.status}: ${await answer.text()}`);
    return answer.text();
  };
  const putFaults = () => ask('/_sim/faults', { method: 'PUT', body: JSON.stringify(faults) });
  const putLock = () => ask(isLocked ? '/_sim/lock' : '/_sim/unlock', { method: 'POST' });
  const sim = new Supervised({
    name: 'fal-sim',
    script: path.join(PROJECT_ROOT, 'apps/fal-sim/bin/fal-sim.mjs'),
    args: flags({
      port,
      seed,
      speed: SETTINGS.simSpeed,
      concurrency: SETTINGS.simConcurrency,
      retention: SETTINGS.simRetentionSeconds,
      state: path.join(directory, 'fal-sim'),
    }),
    env: {},
    log: path.join(directory, 'fal-sim.log'),
    // A new process is told anew what was asked of the last one, which may not have heard it.
    isReady: async () => {
      await putFaults();
      await putLock();
      return true;
    },
  });
  /** Whoever is killed while it is told is told again when it is back. */
  const tell = async (put: () => Promise<string>) => {
    await put().catch(async () => {
      await sim.whenUp(BACK_TIMEOUT_MS);
      await put();
    });
  };
  return {
    port,
    process: sim,
    setFaults: async (table) => {
      faults = table;
      await tell(putFaults);
    },
    setLocked: async (locked) => {
      isLocked = locked;
      await tell(putLock);
    },
    summary: async () => JSON.parse(await ask('/_sim/summary')) as SimSummary,
    ledger: async () => {
      const lines = (await ask('/_sim/ledger')).split('\n').filter(Boolean);
      return lines.map((line) => providerRequestFrom(JSON.parse(line)));
    },
  };
}

function flags(given: Readonly<Record<string, string | number>>): string[] {
  return Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
