import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { CENSOR, REDACTED_PATHS, redactLine, redactText } from './redaction.ts';

export type { Logger };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly name?: string;
  /** For a person at a terminal. */
  readonly pretty?: boolean;
  readonly destination?: DestinationStream;
}

/** JSON lines on stdout. Values are fields, the message is a constant phrase, and no secret passes. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    ...(options.name === undefined ? {} : { name: options.name }),
    hooks: { streamWrite: redactLine },
    redact: { paths: [...REDACTED_PATHS], censor: CENSOR },
    serializers: { err: describeError, error: describeError, req: describeRequest, url: redactText },
  };
  if (options.destination) return pino(settings, options.destination);
  if (!options.pretty) return pino(settings);
  return pino({
    ...settings,
    transport: { target: 'pino-pretty', options: { singleLine: true, ignore: 'pid,hostname' } },
  });
}

/** Only these fields of a request are ever logged. */
function describeRequest(request: { id?: unknown; method?: string; url?: string }) {
  return { id: request.id, method: request.method, url: redactText(request.url ?? '') };
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  const code = 'code' in error ? error.code : undefined;
  return { type, code, message: redactText(message), stack: redactText(stack) };
}
