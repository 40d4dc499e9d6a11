/** The command that creates a project. */
import { runNewProject } from './run.ts';

try {
  process.stdout.write(await runNewProject(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
