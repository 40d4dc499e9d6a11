export { patchBatch } from './change.ts';
export { postBatch } from './create.ts';
export { getBatchErrors } from './errors.ts';
export { getOneBatch } from './get.ts';
export { getBatchJobs } from './jobs.ts';
export { getBatches } from './list.ts';
export { getBatchErrorsCsv, getBatchResults } from './results.ts';
export { postBatchRetry } from './retry.ts';
export { postBatchCancel, postBatchSteering } from './steer.ts';
