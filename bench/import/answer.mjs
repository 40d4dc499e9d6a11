// One measured job per process: takes it as a message, answers with the figures and its own peak memory, and ends.
import process from 'node:process';

export function answer(work) {
  process.once('message', async (job) => {
    const result = await work(job).catch((error) => ({ error: error.stack }));
    process.send({ ...result, peakMb: process.resourceUsage().maxRSS / 1024 });
    process.disconnect();
  });
}

export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
