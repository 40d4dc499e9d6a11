import { createHash, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Acceptance } from '../ledger/ledger-event.ts';
import type { World } from '../world.ts';
import { readTags } from './read-tags.ts';

export type NewRequest = Omit<Acceptance, 'sequence'>;

export type SubmitReading = { readonly kind: 'read'; readonly request: NewRequest } | { readonly kind: 'bad_timeout' };

/** Takes a submit as it is: whether the input suits the model is found out when it runs, as on fal. */
export function readSubmit(http: FastifyRequest, endpoint: string, world: World): SubmitReading {
  const startTimeoutMs = readStartTimeoutMs(http);
  if (startTimeoutMs === 'bad') return { kind: 'bad_timeout' };
  const body = bodyBytes(http);
  const inputText = body.toString('utf8');
  return {
    kind: 'read',
    request: {
      id: randomUUID(),
      endpoint,
      acceptedAtMs: Date.now(),
      acceptedAtSimMs: world.clock.nowMs(),
      inputText,
      inputSha256: sha256Of(body),
      seed: readSeed(inputText),
      tags: readTags(headerOf(http, 'x-fal-tags')),
      webhookUrl: queryOf(http, 'fal_webhook') ?? null,
      baseUrl: `http://${http.headers.host ?? 'localhost'}`,
      startTimeoutMs,
      lowPriority: headerOf(http, 'x-fal-queue-priority') === 'low',
      noRetry: ['1', 'true', 'yes'].includes(headerOf(http, 'x-fal-no-retry')?.toLowerCase() ?? ''),
      storeIo: headerOf(http, 'x-fal-store-io') !== '0',
    },
  };
}

export function bodyBytes(http: FastifyRequest): Buffer {
  return Buffer.isBuffer(http.body) ? http.body : Buffer.alloc(0);
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function queryOf(http: FastifyRequest, name: string): string | undefined {
  const value = (http.query as Record<string, string | string[] | undefined>)[name];
  return Array.isArray(value) ? value[0] : value;
}

function headerOf(http: FastifyRequest, name: string): string | undefined {
  const value = http.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The deprecated name is the one the official JavaScript client sends. */
function readStartTimeoutMs(http: FastifyRequest): number | null | 'bad' {
  const header = headerOf(http, 'x-fal-request-start-timeout') ?? headerOf(http, 'x-fal-request-timeout');
  if (header === undefined) return null;
  const seconds = Number(header);
  return header.trim() !== '' && Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 'bad';
}

const seedSchema = z.object({ seed: z.int() });

function readSeed(inputText: string): number | null {
  try {
    return seedSchema.safeParse(JSON.parse(inputText)).data?.seed ?? null;
  } catch {
    return null;
  }
}
