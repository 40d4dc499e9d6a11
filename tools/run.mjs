// `npm run demo | start | audit | bench | drill | verify` and `npm test` on a fresh clone: makes ready what is missing, then
// runs the thing itself. Nothing here may import a package: node_modules need not exist yet.
import process from 'node:process';
import { describeOldNode } from './run/describe-old-node.mjs';

const COMMANDS = {
  demo: (args) => runLocal('demo', args),
  start: (args) => runLocal('start', args),
  audit: (args) => runLocal('audit', args),
  test: (args) => run('run-tests', 'runTests', args),
  sim: (args) => run('run-program', 'runProgram', 'tests/simulation/dist/main.js', args),
  bench: (args) => run('run-bench', 'runBench', args),
  mutants: (args) => run('run-program', 'runProgram', 'tests/mutants/dist/main.js', args),
  drill: (args) => run('run-program', 'runProgram', 'tests/drill/dist/main.js', args),
  secrets: (args) => run('make-secrets', 'makeSecrets', args),
  containers: (args) => run('run-program', 'runProgram', 'tests/containers/dist/main.js', args),
  verify: () => run('run-checks', 'verify'),
};

const [command, ...args] = process.argv.slice(2);
const oldNode = describeOldNode(process.versions.node);
if (oldNode) fail(oldNode);
else if (!Object.hasOwn(COMMANDS, command)) fail(`usage: node tools/run.mjs <${Object.keys(COMMANDS).join(' | ')}>`);
else await COMMANDS[command](args).catch(explain);

function runLocal(mode, rest) {
  return run('run-program', 'runProgram', 'apps/local/dist/main.js', [mode, ...rest]);
}

// Loaded late, so that an old Node gets to say what is wrong before it meets syntax it does not know.
async function run(file, name, ...rest) {
  const module = await import(`./run/${file}.mjs`);
  await module[name](...rest);
}

// What a person can act on is said in one line; anything else is a fault of ours and keeps its stack.
function explain(error) {
  fail(error.forPeople ? error.message : error.stack);
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
