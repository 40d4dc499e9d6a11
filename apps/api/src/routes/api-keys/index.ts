export { postApiKey } from './create.ts';
export { getApiKeys } from './list.ts';
export { removeApiKey } from './revoke.ts';
