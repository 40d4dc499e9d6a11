import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

// Starts a script with this environment alone and waits until its output says that it is ready.
export async function startProcess(script, env, ready) {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const match = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}: ${said}`)));
    child.stdout.on('data', (chunk) => {
      said = (said + chunk).slice(-10_000);
      const found = ready.exec(said);
      if (found) resolve(found);
    });
  });
  return {
    match,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
