import type { AddressInfo } from 'node:net';
import type { NanoUsd } from '@reelay/core';
import { type Context, createAuthenticator, watchDatabase } from '@reelay/engine';
import type { Logger } from '@reelay/runtime';
import { buildApp } from './build-app.ts';

export interface ApiOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly keyPepper: string;
  readonly uploadBytesMax?: number;
  /** List price above which a batch waits for confirmation when the caller did not say how to start. */
  readonly confirmAboveNanoUsd?: NanoUsd | null;
}

export interface RunningApi {
  readonly url: string;
  /** Takes no new requests and waits for those that run. */
  close(): Promise<void>;
}

const UPLOAD_BYTES_MAX = 1024 ** 3;

/** Listens with a context that the caller built and closes. */
export async function startApi(
  options: ApiOptions,
  { context, log }: { readonly context: Context; readonly log: Logger },
): Promise<RunningApi> {
  const { host, port, keyPepper, uploadBytesMax = UPLOAD_BYTES_MAX, confirmAboveNanoUsd = null } = options;
  const watch = watchDatabase(context);
  const authenticate = createAuthenticator(context, keyPepper);
  const door = {
    ...{ context, authenticate, keyPepper, uploadBytesMax, confirmAboveNanoUsd },
    isDatabaseReachable: watch.isReachable,
  };
  const app = await buildApp(door, log);
  app.addHook('onClose', () => watch.stop());
  await app.listen({ host, port });
  const { port: openPort } = app.server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${shownHost}:${openPort}`, close: () => app.close() };
}
