import http from 'node:http';
import https from 'node:https';

/** One slow receiver must not make the simulator hold thousands of sockets. */
const SOCKETS_PER_HOST_MAX = 128;

/** Posts callbacks over kept-alive connections; follows no redirect. */
export class WebhookPoster {
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: SOCKETS_PER_HOST_MAX }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: SOCKETS_PER_HOST_MAX }),
  };
  readonly #closing = new AbortController();

  /** Resolves with the status of the answer, or null when there was none in time. Never rejects. */
  post(url: string, body: string, headers: Record<string, string>, timeoutMs: number): Promise<number | null> {
    const target = URL.canParse(url) ? new URL(url) : undefined;
    const protocol = target?.protocol;
    if (!target || (protocol !== 'http:' && protocol !== 'https:')) return Promise.resolve(null);
    const { request } = protocol === 'http:' ? http : https;
    return new Promise((resolve) => {
      const sent = request(target, {
        method: 'POST',
        agent: this.#agents[protocol],
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]),
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      });
      sent.on('response', (response) => {
        response.on('error', () => undefined);
        response.resume();
        resolve(response.statusCode ?? null);
      });
      sent.on('error', () => resolve(null));
      sent.end(body);
    });
  }

  close(): void {
    this.#closing.abort();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}
