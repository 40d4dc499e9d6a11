/** `npm run sim`: as many seeds as asked for, and for each that fails its story and the command that tells it again. */
import { readOptions, UsageError } from './run/options.ts';
import { runMany } from './run/run-many.ts';

try {
  const failed = await runMany(readOptions(process.argv.slice(2)));
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
