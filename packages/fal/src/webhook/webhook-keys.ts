/**
 * fal's public keys. Keeps the last good set when fal can't be asked, asks at most once a minute whatever arrives (so a
 * forger can't make us hammer fal), and shares one question among all who wait for it.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../provider-words.ts';
import type { Reader } from '../wire/read-once.ts';

export interface WebhookKeys {
  /** The keys to try first. Empty when fal has never answered. */
  readonly current: (nowMs: number) => Promise<readonly KeyObject[]>;
  /** Asks again because no known key fits; null when it is too early for that or nothing new came. */
  readonly refreshed: (nowMs: number) => Promise<readonly KeyObject[] | null>;
}

const SET_BYTES_MAX = 64 * 1024;
const SET_AGE_MAX_MS = 24 * 60 * 60 * 1000;
const ASK_INTERVAL_MS = 60 * 1000;
const KEYS_MAX = 16;

const KeySet = z.object({ keys: z.array(z.unknown()).max(1000) });
const Ed25519Key = z.object({
  kty: z.literal('OKP').default('OKP'),
  crv: z.literal('Ed25519').default('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

export interface KeySource {
  readonly url: string;
  readonly timeoutMs: number;
}

export function makeWebhookKeys(reader: Reader, source: KeySource): WebhookKeys {
  let keys: readonly KeyObject[] = [];
  let fetchedAtMs: number | null = null;
  let askedAtMs: number | null = null;
  let asking: Promise<boolean> | null = null;

  const ask = async (nowMs: number) => {
    const fresh = await fetchKeys(reader, source);
    if (fresh.length === 0) return false;
    keys = fresh;
    fetchedAtMs = nowMs;
    return true;
  };

  const refresh = (nowMs: number): Promise<boolean> => {
    if (asking !== null) return asking;
    if (askedAtMs !== null && Math.abs(nowMs - askedAtMs) < ASK_INTERVAL_MS) return Promise.resolve(false);
    askedAtMs = nowMs;
    asking = ask(nowMs).finally(() => {
      asking = null;
    });
    return asking;
  };

  return {
    current: async (nowMs) => {
      if (fetchedAtMs === null || nowMs - fetchedAtMs > SET_AGE_MAX_MS) await refresh(nowMs);
      return keys;
    },
    refreshed: async (nowMs) => ((await refresh(nowMs)) ? keys : null),
  };
}

async function fetchKeys(reader: Reader, source: KeySource): Promise<KeyObject[]> {
  const request = {
    method: 'GET',
    url: source.url,
    headers: { accept: 'application/json' },
    body: null,
    signal: AbortSignal.timeout(source.timeoutMs),
  };
  const asked = await reader.read(request, SET_BYTES_MAX);
  if (asked.kind !== 'answered' || asked.answer.status !== 200 || asked.answer.body.kind !== 'whole') return [];
  const set = KeySet.safeParse(parseJson(asked.answer.body.text));
  return set.success ? set.data.keys.flatMap(readKey).slice(0, KEYS_MAX) : [];
}

function readKey(candidate: unknown): KeyObject[] {
  const jwk = Ed25519Key.safeParse(candidate);
  if (!jwk.success) return [];
  try {
    return [createPublicKey({ key: jwk.data, format: 'jwk' })];
  } catch {
    return [];
  }
}
