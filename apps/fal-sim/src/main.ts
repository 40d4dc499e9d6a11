import { readSettings } from './command-line.ts';
import { startFalSim } from './start-fal-sim.ts';

/** The program: prints one line when it listens, and ends cleanly on SIGTERM or SIGINT. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const sim = await startFalSim(readSettings(argv));
    process.stdout.write(`fal-sim listens on ${sim.url}\n`);
    const stop = () => void sim.close().then(() => process.exit(0));
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
