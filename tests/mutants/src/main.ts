/** `npm run mutants`: breaks the protocol in one place at a time, and shows which layer notices. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { copyTree } from './copy-tree.ts';
import { judge, type Verdict } from './judge.ts';
import { MUTANTS } from './mutants.ts';
import { showHead, showVerdict } from './table.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' } } });
const chosen = MUTANTS.filter(({ name }) => !values.only || values.only.some((part) => name.includes(part)));

if (values.list) for (const { name, breaks } of MUTANTS) console.log(`${name}: ${breaks}`);
else if (chosen.length === 0) {
  console.error(`no such mutant; there are: ${MUTANTS.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else await runAll();

async function runAll(): Promise<void> {
  const tree = copyTree(ROOT);
  const leave = () => {
    tree.remove();
    process.exit(130);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    const verdicts: Verdict[] = [];
    showHead();
    const asked = judge(tree);
    for (const mutant of chosen) {
      const verdict = await asked(mutant);
      verdicts.push(verdict);
      showVerdict(verdict);
    }
    const caught = verdicts.filter(({ caughtBy }) => caughtBy !== null);
    const byTest = caught.filter(({ caughtBy }) => caughtBy?.kind === 'test').length;
    console.log(
      `${caught.length - byTest} caught by explorer, simulation or drill, ${byTest} by a test written for them`,
    );
    console.log(`${caught.length} passed, ${verdicts.length - caught.length} failed`);
    process.exitCode = caught.length === verdicts.length ? 0 : 1;
  } finally {
    tree.remove();
  }
}
