import type { CliConfig } from './config.ts';
import { type Connection, findConnection } from './connection/find-connection.ts';
import { type ApiClient, makeApiClient } from './http/api-client.ts';
import { makePaint, type Paint } from './output/paint.ts';

export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** Everything of the process that a command may touch. */
export interface CliIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly config: CliConfig;
  readonly cwd: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Session {
  readonly io: CliIo;
  readonly json: boolean;
  readonly client: ApiClient;
  readonly paint: Paint;
  /** A line for a person; nothing with --json. */
  say(line: string): void;
  /** The machine's answer; nothing without --json. */
  document(value: unknown): void;
}

export interface GlobalOptions {
  readonly json?: boolean;
  readonly apiUrl?: string;
}

export async function openSession(io: CliIo, options: GlobalOptions): Promise<Session> {
  const connection = await findConnection({ apiUrl: options.apiUrl, config: io.config, cwd: io.cwd });
  return makeSession(io, connection, options.json === true);
}

export function makeSession(io: CliIo, connection: Connection, json: boolean): Session {
  return {
    io,
    json,
    client: makeApiClient(connection, { signal: io.signal }),
    paint: makePaint(io.stdout, io.config.colours),
    say: (line) => {
      if (!json) io.stdout.write(`${line}\n`);
    },
    document: (value) => {
      if (json) io.stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
}
