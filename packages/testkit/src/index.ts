export { type CallbackSigner, type SignedCallback, startCallbackSigner } from './callback-signer.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { type BatchOverrides, type MadeBatch, makeBatch, makeProject, TEST_INPUT, uniqueId } from './factories.ts';
export { type LocalRedis, startLocalRedis } from './start-local-redis.ts';
export { type StoreProxy, startStoreProxy } from './store-proxy.ts';
export { testBackend } from './test-backend.ts';
export {
  type CollectedTasks,
  collectTasks,
  createTestContext,
  silentLog,
  TEST_WEBHOOK_SECRET,
  type TestContext,
  type TestContextOptions,
} from './test-context.ts';
export { copyTestDatabase, createTestDatabase, type TestDatabase } from './test-database.ts';
export { UNTOLD_CHANGES } from './untold-changes.ts';
