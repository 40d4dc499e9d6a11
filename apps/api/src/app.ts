import type { NanoUsd } from '@reelay/core';
import type { Authenticate, Caller, Context } from '@reelay/engine';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What every route is given. */
export interface Door {
  readonly context: Context;
  readonly authenticate: Authenticate;
  /** What new API keys are hashed with. */
  readonly keyPepper: string;
  readonly uploadBytesMax: number;
  /** List price above which a batch waits for confirmation when the caller did not say how to start; null: never. */
  readonly confirmAboveNanoUsd: NanoUsd | null;
  readonly isDatabaseReachable: () => boolean;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key the request carries; set before any route behind authentication runs. */
    caller: Caller;
  }
}
