/**
 * Whether a callback comes from fal. It reads the body only once the signature over its raw bytes holds; a genuine
 * callback outside the time window is `stale`, which proves nothing but that a poll is worth its while.
 */
import { createHash, type KeyObject, verify } from 'node:crypto';
import type { FalCallback, ForgedReason, WebhookHeaders, WebhookVerdict } from '../fal.ts';
import { isRecord, parseJson } from '../provider-words.ts';
import type { WebhookKeys } from './webhook-keys.ts';

const BODY_BYTES_MAX = 2 * 1024 * 1024;
const WINDOW_SECONDS = 300;
/** What is nested deeper can be neither written as JSON nor stored; the callback counts all the same. */
const PAYLOAD_DEPTH_MAX = 200;

/** Each pattern bounds the length, and none lets a newline through: newlines separate the signed fields. */
const HEADERS = {
  requestId: ['x-fal-webhook-request-id', /^[A-Za-z0-9_-]{1,128}$/],
  userId: ['x-fal-webhook-user-id', /^[\x21-\x7e]{1,256}$/],
  timestamp: ['x-fal-webhook-timestamp', /^\d{1,11}$/],
  signature: ['x-fal-webhook-signature', /^[0-9a-f]{128}$/],
} as const satisfies Record<string, readonly [string, RegExp]>;

type SignedHeaders = Record<keyof typeof HEADERS, string>;

export async function verifyWebhook(
  keys: WebhookKeys,
  pinnedUserId: string | null,
  callback: { readonly headers: WebhookHeaders; readonly rawBody: Uint8Array },
  nowMs: number,
): Promise<WebhookVerdict> {
  const headers = readHeaders(callback.headers);
  if (typeof headers === 'string') return forged(headers);
  if (callback.rawBody.length > BODY_BYTES_MAX) return forged('body_too_large');
  if (pinnedUserId !== null && headers.userId !== pinnedUserId) return forged('wrong_user');

  const refusal = await checkSignature(keys, headers, callback.rawBody, nowMs);
  if (refusal !== null) return forged(refusal);

  const read = readCallback(headers, callback.rawBody);
  if (typeof read === 'string') return forged(read);
  const ageSeconds = nowMs / 1000 - Number(headers.timestamp);
  return { kind: Math.abs(ageSeconds) <= WINDOW_SECONDS ? 'valid' : 'stale', callback: read };
}

function readHeaders(headers: WebhookHeaders): SignedHeaders | ForgedReason {
  const read: Partial<SignedHeaders> = {};
  for (const [field, [name, pattern]] of Object.entries(HEADERS)) {
    const value = headers[name];
    if (value === undefined) return 'missing_header';
    if (typeof value !== 'string' || !pattern.test(value)) return 'malformed_header';
    read[field as keyof SignedHeaders] = value;
  }
  return read as SignedHeaders;
}

async function checkSignature(
  keys: WebhookKeys,
  headers: SignedHeaders,
  rawBody: Uint8Array,
  nowMs: number,
): Promise<ForgedReason | null> {
  const digest = createHash('sha256').update(rawBody).digest('hex');
  const message = Buffer.from(`${headers.requestId}\n${headers.userId}\n${headers.timestamp}\n${digest}`);
  const signature = Buffer.from(headers.signature, 'hex');
  const isSignedBy = (key: KeyObject) => verify(null, message, key, signature);

  const known = await keys.current(nowMs);
  if (known.some(isSignedBy)) return null;
  // fal may have rotated its keys since we asked.
  const fresh = await keys.refreshed(nowMs);
  if (fresh?.some(isSignedBy)) return null;
  return known.length === 0 && fresh === null ? 'keys_unavailable' : 'bad_signature';
}

function readCallback(headers: SignedHeaders, rawBody: Uint8Array): FalCallback | ForgedReason {
  const body = parseJson(new TextDecoder().decode(rawBody));
  if (!isRecord(body)) return 'unreadable_body';
  // `gateway_request_id` names fal's own last try and may differ.
  if (body.request_id !== headers.requestId) return 'request_id_mismatch';
  const payload = isDeeperThan(body.payload, PAYLOAD_DEPTH_MAX) ? null : (body.payload ?? null);
  return { requestId: headers.requestId, failed: body.status === 'ERROR', payload };
}

/** Level by level: recursion is what such a payload breaks. */
function isDeeperThan(value: unknown, levels: number): boolean {
  let members: unknown[] = [value];
  for (let level = 0; level <= levels && members.length > 0; level++) {
    members = members.flatMap((member) => (typeof member === 'object' && member !== null ? Object.values(member) : []));
  }
  return members.length > 0;
}

function forged(reason: ForgedReason): WebhookVerdict {
  return { kind: 'forged', reason };
}
