/** A hand-made HTTP server on loopback that records every request before it answers, resets or says nothing. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Responder = (request: SeenRequest, response: ServerResponse) => void;

export interface LocalServer {
  readonly url: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  readonly connectionCount: () => number;
  respond: Responder;
  readonly close: () => Promise<void>;
}

export async function startLocalServer(respond: Responder = answer(200, {})): Promise<LocalServer> {
  const requests: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((incoming, response) => {
    const chunks: Uint8Array[] = [];
    incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      requests.push(seen);
      local.respond(seen, response);
    });
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const local: LocalServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    connectionCount: () => connections,
    respond,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return local;
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Responder {
  return (_request, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/html' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(text);
  };
}

/** Reads the request to its end, then breaks the connection with a TCP reset. */
export const reset: Responder = (_request, response) => {
  response.socket?.resetAndDestroy();
};

/** Announces more bytes than it sends. */
export function truncated(status: number, text: string): Responder {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(text.length + 100) });
    response.write(text, () => response.destroy());
  };
}

export const silence: Responder = () => {};
