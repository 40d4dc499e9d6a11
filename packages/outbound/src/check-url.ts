/**
 * Whether a URL that a customer gave may be called, as far as its text says. Reads it as it will be dialled (WHATWG), so
 * that no form of an address means one thing here and another there. Names are judged again by what they resolve to.
 */
import { isIP } from 'node:net';
import { isAddressAllowed, isHostAllowed, type OutboundPolicy } from './allow-list.ts';
import { findBlock } from './blocked-ranges.ts';

export const URL_LENGTH_MAX = 2048;
const HTTPS_PORT = 443;

/** RFC 6761, 6762, 8375, 7686 and ICANN's .internal: no public server answers under them. */
const SPECIAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|onion|invalid|test|example|alt)$/;

export interface Target {
  readonly url: URL;
  /** Without brackets and without the root's dot: an address, or the name to resolve and to ask a certificate for. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly isAddress: boolean;
  /** An operator listed this host by name: what it resolves to is not judged. */
  readonly isTrusted: boolean;
}

export type UrlVerdict =
  | { readonly kind: 'open'; readonly target: Target }
  /** A clause that can follow "it is not called:". */
  | { readonly kind: 'blocked'; readonly reason: string };

export function checkUrl(text: string, policy: OutboundPolicy): UrlVerdict {
  if (text.length > URL_LENGTH_MAX) return blocked(`it is longer than ${URL_LENGTH_MAX} characters`);
  if (/[\s\p{Control}]/u.test(text)) return blocked('it contains blanks or control characters');
  if (!URL.canParse(text)) return blocked('it is not an absolute URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return blocked('it is not an https URL');
  if (url.username !== '' || url.password !== '') return blocked('it carries a user name or password');
  const target = targetOf(url, policy);
  const reason = isListed(target, policy) ? null : faultOf(target);
  return reason === null ? { kind: 'open', target } : blocked(reason);
}

function targetOf(url: URL, policy: OutboundPolicy): Target {
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = url.port === '' ? (isTls ? HTTPS_PORT : 80) : Number(url.port);
  return { url, host, port, isTls, isAddress: isIP(host) !== 0, isTrusted: isHostAllowed(policy, host, port) };
}

function isListed(target: Target, policy: OutboundPolicy): boolean {
  return target.isTrusted || (target.isAddress && isAddressAllowed(policy, target.host, target.port));
}

function faultOf({ host, port, isTls, isAddress }: Target): string | null {
  const block = isAddress ? findBlock(host) : null;
  if (block !== null) return `${host} is ${block}`;
  if (!isAddress && !isPublicName(host)) return `${host} is not a public host name`;
  if (!isTls) return 'only https is called, and it is http';
  if (port !== HTTPS_PORT) return `only port ${HTTPS_PORT} is called, and it names ${port}`;
  return null;
}

function isPublicName(host: string): boolean {
  return host.includes('.') && host.split('.').every((label) => label !== '') && !SPECIAL_NAME.test(host);
}

function blocked(reason: string): UrlVerdict {
  return { kind: 'blocked', reason };
}
