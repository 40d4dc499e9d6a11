import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { CliError, type CliIo, EXIT, makePaint, showDuration } from '@reelay/cli';
import { DEFAULT_SUBMITS_PER_SECOND } from '@reelay/core';
import { embeddedDataRoot } from '@reelay/embedded';
import type { FaultSettings } from '@reelay/fal-sim';
import type { Logger } from '@reelay/runtime';
import type { LocalConfig } from '../config.ts';
import { LocalError } from '../local-error.ts';
import { findProjectDir } from '../project-dir.ts';
import { makeDataFolder } from '../stack/data-folder.ts';
import { openStackLog } from '../stack/stack-log.ts';
import { type Stack, startStack } from '../stack/start-stack.ts';
import { simulatedSubmitRate, timeScaleOf } from '../start/start-options.ts';
import { removeLeftovers } from './leftovers.ts';

export interface DemoFlags {
  readonly file: string;
  readonly out: string;
  readonly faults: FaultSettings;
  readonly speed: number;
  readonly seed: number;
  readonly concurrency: number;
}

/** Runs `work` on a stack whose data is gone afterwards. Of a run that failed the log is kept beside its results. */
export async function withDemoStack(
  config: LocalConfig,
  flags: DemoFlags,
  io: CliIo,
  work: (stack: Stack) => Promise<number>,
): Promise<number> {
  const projectDir = findProjectDir();
  await removeLeftovers(embeddedDataRoot(projectDir));
  const dataDir = makeDataFolder(projectDir, `demo-${process.pid}`);
  const log = openStackLog(path.join(dataDir, 'reelay.log'), config.logLevel, () => {});
  let isFault = false;
  try {
    const exitCode = await onStack(config, flags, { dataDir, log: log.logger, io, work });
    isFault = exitCode === EXIT.failure;
    return exitCode;
  } catch (error) {
    isFault = !(error instanceof CliError || error instanceof LocalError);
    throw error;
  } finally {
    await log.close();
    if (isFault) await keepLog(log.file, flags.out, io);
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface StackFrame {
  readonly dataDir: string;
  readonly log: Logger;
  readonly io: CliIo;
  readonly work: (stack: Stack) => Promise<number>;
}

async function onStack(config: LocalConfig, flags: DemoFlags, { dataDir, log, io, work }: StackFrame): Promise<number> {
  const { speed, seed, faults, concurrency } = flags;
  const paint = makePaint(io.stdout, io.config.colours);
  const say = (line: string) => io.stdout.write(`${line}\n`);
  say(`${paint('bold', 'Reelay demo')} on a simulated fal, ${speed} times as fast as the real one. No money is spent.`);
  const startedAtMs = performance.now();
  const stack = await startStack({
    ...{ dataDir, log, disposable: true, redisUrl: config.redisUrl, budgetNanoUsd: null },
    provider: { speed, seed, faults, concurrency },
    timeScale: timeScaleOf(speed),
    inFlightMax: concurrency,
    submitsPerSecond: simulatedSubmitRate(DEFAULT_SUBMITS_PER_SECOND, speed),
  });
  try {
    const tookMs = performance.now() - startedAtMs;
    say(
      paint('dim', `started PostgreSQL, fal-sim, API and worker in ${showDuration(tookMs)}; importing ${flags.file}`),
    );
    return await work(stack);
  } finally {
    await stack.close();
  }
}

async function keepLog(log: string, out: string, io: CliIo): Promise<void> {
  const kept = path.join(out, 'demo.log');
  await copyFile(log, kept).then(
    () => io.stderr.write(`log      ${kept}\n`),
    () => {},
  );
}
