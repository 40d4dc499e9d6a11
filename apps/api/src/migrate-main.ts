/** The command that brings the database to the schema of this version. Safe beside running processes, and twice at once. */
import { runMigrate } from './run.ts';

try {
  process.stdout.write(await runMigrate());
} catch (error) {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  process.stderr.write(`${message}${cause instanceof Error ? `: ${cause.message}` : ''}\n`);
  process.exit(1);
}
