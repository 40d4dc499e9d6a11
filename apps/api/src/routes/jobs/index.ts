export { getAttempts } from './attempts.ts';
export { postJobCancel } from './cancel.ts';
export { postJob } from './create.ts';
export { getOneJob } from './get.ts';
export { getJobs } from './list.ts';
export { postJobResolve } from './resolve.ts';
export { postJobRetry } from './retry.ts';
