/**
 * API keys as text: a prefix that scanners know, 32 digits of chance (190 bits), and a checksum that refuses a mistyped
 * key without asking anybody. What is stored is a keyed hash: 190 bits need no slow one.
 */
import { createHmac, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'rl_live_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const HINT_LENGTH = 4;
const SHAPE = /^rl_live_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

export function makeApiKey(): string {
  const secret = Array.from({ length: SECRET_LENGTH }, () => DIGITS[randomInt(DIGITS.length)]).join('');
  return PREFIX + secret + checksumOf(secret);
}

/** True for text that a key of ours could be; says nothing about whether it is one. */
export function isApiKey(text: string): boolean {
  const match = SHAPE.exec(text);
  return match?.[1] !== undefined && checksumOf(match[1]) === match[2];
}

/** Enough to tell one's keys apart, and nothing that helps to guess one. */
export function hintOf(apiKey: string): string {
  return apiKey.slice(0, PREFIX.length + HINT_LENGTH);
}

export function hashApiKey(apiKey: string, pepper: string): string {
  return createHmac('sha256', pepper).update(apiKey).digest('base64url');
}

function checksumOf(secret: string): string {
  let rest = crc32(secret);
  let text = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    text = DIGITS[rest % DIGITS.length] + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
