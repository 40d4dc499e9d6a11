export { readWorkerConfig, type WorkerConfig } from './config.ts';
export { runWorker } from './run.ts';
export { type RunningWorker, startWorker, type WorkerOptions } from './start-worker.ts';
