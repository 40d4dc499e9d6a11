/** Reads what fal says in an answer (error type, text, verdict marks), bounded and with secrets and inputs left out. */
import type { Failure } from '@reelay/core';
import type { Answer } from './wire/answer.ts';

const TYPE_MAX = 100;
const MESSAGE_MAX = 500;
const DETAILS_MAX = 5;

export interface Detail {
  readonly type: string | null;
  readonly message: string;
  /** Path of the offending input field, `body` first. */
  readonly location: readonly string[];
}

export interface ProviderWords {
  /** The body as JSON, or undefined when it is cut or no JSON. */
  readonly json: unknown;
  readonly errorType: string | null;
  /** The objects of a model error's `detail` array. */
  readonly details: readonly Detail[];
  /** For a person; null when fal said nothing readable. */
  readonly message: string | null;
}

export function readProviderWords(answer: Answer, secrets: readonly string[]): ProviderWords {
  const json = answer.body.kind === 'whole' ? parseJson(answer.body.text) : undefined;
  const body = isRecord(json) ? json : {};
  const details = Array.isArray(body.detail) ? body.detail.filter(isRecord).slice(0, DETAILS_MAX).map(readDetail) : [];
  const typed = answer.header('x-fal-error-type') ?? textOf(body.error_type) ?? details[0]?.type ?? null;
  const said = details.length > 0 ? details.map(sentence).join('; ') : (textOf(body.detail) ?? textOf(body.error));
  return {
    json,
    errorType: typed === null ? null : bounded(typed, TYPE_MAX, secrets),
    details,
    message: said === null ? null : bounded(said, MESSAGE_MAX, secrets),
  };
}

export function quoteProvider(answer: Answer, words: ProviderWords): NonNullable<Failure['provider']> {
  return {
    status: answer.status,
    ...(words.errorType === null ? {} : { type: words.errorType }),
    ...(words.message === null ? {} : { message: words.message }),
  };
}

/** Never `input` or `ctx`: fal echoes the customer's input there. */
function readDetail(detail: Record<string, unknown>): Detail {
  const location = Array.isArray(detail.loc) ? detail.loc.map(String) : [];
  return { type: textOf(detail.type), message: textOf(detail.msg) ?? 'no reason given', location };
}

function sentence(detail: Detail): string {
  const field = detail.location.filter((part) => part !== 'body').join('.');
  return field === '' ? detail.message : `${field}: ${detail.message}`;
}

function bounded(text: string, max: number, secrets: readonly string[]): string {
  const blanked = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return blanked
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, max);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
