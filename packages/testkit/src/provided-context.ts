// Types what the global setup provides. An augmentation only finds a module that its file imports.
import type {} from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresAdminUrl: string;
    redisUrl: string;
  }
}
