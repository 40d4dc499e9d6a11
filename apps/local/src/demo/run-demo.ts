import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type BatchView,
  type CliIo,
  checkFile,
  download,
  EXIT,
  followBatch,
  importLines,
  isSettled,
  makeSession,
  type Session,
  startImport,
} from '@reelay/cli';
import { auditProvider } from '../audit/provider-audit.ts';
import { slotUtilisation } from '../audit/slot-utilisation.ts';
import type { LocalConfig } from '../config.ts';
import { LocalError } from '../local-error.ts';
import type { Stack } from '../stack/start-stack.ts';
import { brokenPromises } from './broken-promises.ts';
import { type DemoFlags, withDemoStack } from './demo-stack.ts';
import { demoSummary } from './demo-summary.ts';
import { readAuditedAttempts, readProviderRequests } from './read-audit.ts';
import { summaryText } from './summary-text.ts';

const POLL_EVERY_MS = 250;

/** Runs a file to its end on a simulated fal, then holds our books against the provider's. Returns the exit code. */
export async function runDemo(config: LocalConfig, flags: DemoFlags, io: CliIo): Promise<number> {
  await checkFile(flags.file);
  await mkdir(flags.out, { recursive: true }).catch((error: Error) => {
    throw new LocalError(`cannot write to ${flags.out}: ${error.message}`);
  });
  return withDemoStack(config, flags, io, (stack) => runFile(stack, flags, io)).catch((error: unknown) => {
    if (!io.signal.aborted) throw error;
    io.stderr.write('stopped; nothing of the demo is left\n');
    return EXIT.interrupted;
  });
}

async function runFile(stack: Stack, flags: DemoFlags, io: CliIo): Promise<number> {
  const session = makeSession(io, stack, false);
  const startedAtMs = performance.now();
  const imported = await startImport(session, flags.file, {});
  for (const line of importLines(imported, session)) session.say(line);
  if (imported.status === 'failed') return EXIT.badInput;
  await followBatch(session, imported.id, { pollEveryMs: POLL_EVERY_MS, until: endedOrLate(flags.speed) });
  const elapsedMs = performance.now() - startedAtMs;
  await stack.reconcile();
  const batch = await session.client.get<BatchView>(`/v1/batches/${imported.id}`);
  return report({ session, stack, flags, batch, elapsedMs });
}

const LATE_MS = 600_000;
const LATE_SIMULATED_MS = 12 * 3_600_000;

/** The longest wait that policy knows, and then some: a run that takes longer than this never ends. */
function endedOrLate(speed: number): (batch: BatchView) => boolean {
  const giveUpAtMs = performance.now() + LATE_MS + LATE_SIMULATED_MS / speed;
  return (batch) => isSettled(batch) || performance.now() > giveUpAtMs;
}

interface Ended {
  readonly session: Session;
  readonly stack: Stack;
  readonly flags: DemoFlags;
  readonly batch: BatchView;
  readonly elapsedMs: number;
}

async function report({ session, stack, flags, batch, elapsedMs }: Ended): Promise<number> {
  const results = path.join(flags.out, 'results.csv');
  const from = { path: `/v1/batches/${batch.id}/results`, query: { format: 'csv' } };
  await download(session.client, { ...from, to: results, signal: session.io.signal });
  if (stack.sim === null) throw new Error('the demo runs on the simulator');
  const requests = readProviderRequests(stack.sim);
  const audit = auditProvider(requests, await readAuditedAttempts(stack.db));
  const run = { batch, audit, elapsedMs, slotUtilisation: slotUtilisation(requests, flags.concurrency) };
  const summary = demoSummary(run);
  const summaryFile = path.join(flags.out, 'summary.json');
  await writeFile(summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
  const broken = brokenPromises(batch, audit);
  session.say(`\n${summaryText(summary, audit, broken, session.paint)}\n`);
  session.say(`results  ${results}\nsummary  ${summaryFile}`);
  if (broken.length > 0) return EXIT.failure;
  session.say(`\n${session.paint('bold', 'Next:')} npm start, then npx reelay import your.csv --watch`);
  return batch.request_counts.rejected > 0 ? EXIT.unfinishedRows : EXIT.ok;
}
