export { patchWebhookEndpoint, removeWebhookEndpoint } from './change.ts';
export { postWebhookEndpoint } from './create.ts';
export { getWebhookDeliveries } from './deliveries.ts';
export { getOneWebhookEndpoint, getWebhookEndpoints } from './read.ts';
export { postWebhookReplay } from './replay.ts';
export { postRotateDefaultSecret, postRotateSecret } from './rotate-secret.ts';
export { postWebhookTest } from './test.ts';
