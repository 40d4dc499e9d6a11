/** `npm run drill`. */
import { rmSync, writeFileSync } from 'node:fs';
import { holds } from './checks/claim.ts';
import { readFigures } from './figures.ts';
import { parseOptions } from './parse-options.ts';
import { reportLines } from './report.ts';
import { runDrill } from './run-drill.ts';
import { openStage } from './stage.ts';

const INTERRUPTED = 130;

const options = parseOptions(process.argv.slice(2));
const startedAtMs = performance.now();
const stage = await openStage(options);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void breakOff());
let isGood = false;

/** A drill that is broken off has proved nothing; its logs may be why somebody broke it off. */
async function breakOff(): Promise<void> {
  process.stderr.write('\ninterrupted: nothing was checked\n');
  await stage.close();
  process.stderr.write(`logs: ${stage.directory}\n`);
  process.exit(INTERRUPTED);
}

try {
  const verdict = await runDrill(stage, options);
  const figures = await readFigures(verdict, performance.now() - startedAtMs);
  isGood = verdict.claims.every(holds);
  if (options.json) {
    const { claims, history } = verdict;
    const { journal, hits } = history;
    writeFileSync(options.json, `${JSON.stringify({ ...figures, claims, journal: journal.entries, hits }, null, 2)}\n`);
  }
  for (const line of reportLines(verdict, figures)) process.stdout.write(`${line}\n`);
} finally {
  await stage.close();
  if (isGood && !options.keep) rmSync(stage.directory, { recursive: true, force: true });
  else process.stderr.write(`logs: ${stage.directory}\n`);
}
// Left to itself Node may wait for ever for a connection that a proxy has reset.
process.exit(isGood ? 0 : 1);
