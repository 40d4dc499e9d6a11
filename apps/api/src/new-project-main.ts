/** The command that creates a project. */
import { newProject } from './new-project.ts';

try {
  process.stdout.write(await newProject(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
