import path from 'node:path';
import { makePaint, readConfig } from '@reelay/cli';
import { onStopSignal } from '@reelay/runtime';
import type { LocalConfig } from '../config.ts';
import { LocalError } from '../local-error.ts';
import { findProjectDir } from '../project-dir.ts';
import { readApiUrl, removeConnection, writeConnection } from '../stack/connection-file.ts';
import { makeDataFolder } from '../stack/data-folder.ts';
import { AlreadyRunning } from '../stack/hold-database.ts';
import { openStackLog } from '../stack/stack-log.ts';
import { startStack } from '../stack/start-stack.ts';
import { choosePort, providerOptions, type StartFlags } from './start-options.ts';
import { startText } from './start-text.ts';

/** Runs the local stack until it is told to stop. */
export async function runStart(config: LocalConfig, flags: StartFlags): Promise<number> {
  const projectDir = findProjectDir();
  // Simulated and real requests, and their money, never meet in one database.
  const dataDir = makeDataFolder(projectDir, config.falKey ? 'fal' : 'sim');
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const log = openStackLog(path.join(dataDir, 'reelay.log'), config.logLevel, say);
  const stop = untilStopped();
  try {
    const stack = await startStack({
      ...providerOptions(config, flags),
      ...{ dataDir, log: log.logger, port: await choosePort(flags.port) },
      ...{ databaseUrl: config.databaseUrl, redisUrl: config.redisUrl },
      confirmAboveNanoUsd: config.confirmAboveNanoUsd,
      outbound: { allow: config.outboundAllow },
    }).catch((error: unknown) => explain(error, projectDir));
    const connectionFile = await writeConnection(projectDir, stack);
    const facts = { ...stack, dataDir, logFile: log.file, connectionFile };
    const paint = makePaint(process.stdout, readConfig().colours);
    process.stdout.write(startText(config, flags, facts, paint));
    await stop;
    say('\nstopping: what runs at fal goes on there and is picked up at the next start (Ctrl-C again ends at once)');
    await removeConnection(connectionFile);
    await stack.close();
    return 0;
  } finally {
    await log.close();
  }
}

/** Says where the other stack is, when it left its address. */
async function explain(error: unknown, projectDir: string): Promise<never> {
  if (!(error instanceof AlreadyRunning)) throw error;
  const apiUrl = await readApiUrl(projectDir);
  throw apiUrl ? new LocalError(`Reelay already runs at ${apiUrl}: use that one, or stop it first`) : error;
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => onStopSignal(() => resolve()));
}
