export type RequestVerb = 'result' | 'status' | 'status-stream' | 'cancel';

export interface RequestPath {
  readonly app: string;
  readonly requestId: string;
  readonly verb: RequestVerb;
}

const VERBS: Readonly<Record<string, RequestVerb>> = {
  '': 'result',
  '/response': 'result',
  '/status': 'status',
  '/status/stream': 'status-stream',
  '/cancel': 'cancel',
};

/** Reads `/{app}/requests/{id}[/…]`; undefined for any other path. */
export function parseRequestPath(pathname: string): RequestPath | undefined {
  const [, app, requestId, rest = ''] = /^\/(.+?)\/requests\/([^/]+)(\/.*)?$/.exec(pathname) ?? [];
  const verb = VERBS[rest];
  return app && requestId && verb ? { app, requestId, verb } : undefined;
}

/** `fal-ai/wan/v2.2-a14b/video-to-video` is the application `fal-ai/wan`. */
export function applicationOf(endpoint: string): string {
  return endpoint.split('/').slice(0, 2).join('/');
}

/** fal hands out application-only paths and documents full ones; clients use both. */
export function isPathOf(app: string, endpoint: string): boolean {
  return app === endpoint || app === applicationOf(endpoint);
}
