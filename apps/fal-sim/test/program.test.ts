import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LedgerLine, SimSummary } from '../src/index.ts';
import { AUTHORIZED, ENDPOINT, eventually, inputOf } from './harness.ts';

const PACKAGE = new URL('..', import.meta.url).pathname;
const PROGRAM = path.join(PACKAGE, 'bin/fal-sim.mjs');

// The program runs from dist/, which must be that of the source under test.
beforeAll(() => {
  execFileSync('npx', ['tsc', '-b', PACKAGE], { cwd: PACKAGE, stdio: 'ignore' });
});

interface Program {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startProgram(flags: readonly string[], env: Record<string, string> = {}): Promise<Program> {
  const child = spawn(process.execPath, [PROGRAM, '--port', '0', ...flags], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^fal-sim listens on (http:\S+)$/.exec(line) ?? [];
    if (url) return { child, url };
  }
  throw new Error('fal-sim ended before it listened');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}

/** Resolves with the request id, or null when there was no whole answer. */
async function submitTo(url: string, seed: number): Promise<string | null> {
  try {
    const answer = await fetch(`${url}/${ENDPOINT}`, {
      method: 'POST',
      headers: AUTHORIZED,
      body: JSON.stringify(inputOf({ seed })),
    });
    return ((await answer.json()) as { request_id: string }).request_id;
  } catch {
    return null;
  }
}

async function readLedger(url: string): Promise<LedgerLine[]> {
  const text = await (await fetch(`${url}/_sim/ledger`)).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerLine);
}

async function readSummary(url: string): Promise<SimSummary> {
  return (await (await fetch(`${url}/_sim/summary`)).json()) as SimSummary;
}

describe('the program', () => {
  it('loses no accepted request when it is killed, and finishes them all after a restart', async () => {
    const stateDir = await mkdtemp(path.join(tmpdir(), 'fal-sim-'));
    onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
    const flags = ['--state', stateDir, '--concurrency', '20', '--speed', '200'];
    const first = await startProgram(flags);
    const submits = Array.from({ length: 400 }, (_, seed) => submitTo(first.url, seed));
    await Promise.race(submits.slice(100));

    await end(first.child, 'SIGKILL');
    const accepted = (await Promise.all(submits)).filter((id) => id !== null);
    const second = await startProgram([...flags, '--speed', '5000']);
    const ledger = await readLedger(second.url);

    const known = new Set(ledger.map((line) => line.request_id));
    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.filter((id) => !known.has(id))).toEqual([]);
    expect(known.size).toBe(ledger.length);
    await eventually(async () => expect((await readSummary(second.url)).completed).toBe(ledger.length));
    const finished = await readSummary(second.url);
    expect(finished.billed_nano_usd).toBe(ledger.length * 85_000_000);
  });

  it('ends cleanly on SIGTERM', async () => {
    const { child, url } = await startProgram([]);
    await submitTo(url, 1);

    expect(await end(child, 'SIGTERM')).toBe(0);
  });

  it('takes every flag from the environment as well', async () => {
    const { url } = await startProgram([], { FAL_SIM_FAULTS: '{"submit.refuse_429":1}', FAL_SIM_SPEED: '10' });

    const answer = await fetch(`${url}/${ENDPOINT}`, { method: 'POST', headers: AUTHORIZED, body: '{}' });

    expect(answer.status).toBe(429);
  });

  it('does not start with a fault it does not know', async () => {
    const child = spawn(process.execPath, [PROGRAM, '--port', '0', '--faults', '{"webhook.loose":1}']);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });

    const [code] = (await once(child, 'close')) as [number];

    expect(code).toBe(1);
    expect(said).toMatch(/Unknown fault "webhook\.loose"\. Known faults: .*webhook\.lose/);
  });
});
