// Lives as long as the test run and a moment longer: when stdin closes, however the run ended, it ends the servers
// whose process ids it was told and removes their directory. A killed run leaves nothing behind.
import { rmSync } from 'node:fs';
import readline from 'node:readline';

const [directory] = process.argv.slice(2);
const pids = [];

for await (const line of readline.createInterface({ input: process.stdin })) pids.push(Number(line));

for (const pid of pids) end(pid);
rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });

function end(pid) {
  try {
    process.kill(pid, 'SIGQUIT'); // at once: there is nothing worth saving
  } catch {
    // it ended before
  }
}
