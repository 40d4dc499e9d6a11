// Writes how each project's tests ended to the file named by REELAY_TALLY_FILE, for the one who counts the whole run.
import { writeFileSync } from 'node:fs';

export default class TallyReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const suites = {};
    const faults = unhandledErrors.map((error) => `an error outside of any test: ${firstLine(error.message)}`);
    for (const module of testModules) {
      suites[module.project.name] ??= { passed: 0, failed: 0, skipped: 0 };
      count(module, suites[module.project.name]);
      faults.push(...findModuleFaults(module));
    }
    writeFileSync(process.env.REELAY_TALLY_FILE, JSON.stringify({ suites, faults }));
  }
}

function count(module, suite) {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    suite[state === 'pending' ? 'failed' : state] += 1; // pending: cut off before it ended
  }
}

// A file that cannot be loaded, or a hook that throws, takes tests away without any of them failing.
function findModuleFaults(module) {
  const suites = [...module.children.allSuites()];
  const errors = [module, ...suites].flatMap((holder) => holder.errors());
  return errors.map((error) => `${module.relativeModuleId}: ${firstLine(error.message)}`);
}

function firstLine(message) {
  return String(message).split('\n')[0];
}
