/**
 * The targets that an operator trusts though they are not public: hosts by name, addresses and ranges. Whoever is named
 * here may be called by http and on any port, or on the one port that the entry names.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

export type AllowedTarget =
  | { readonly kind: 'host'; readonly host: string; readonly port: number | null }
  | { readonly kind: 'range'; readonly range: BlockList; readonly port: number | null };

export interface OutboundPolicy {
  readonly allow: readonly AllowedTarget[];
}

/** Only public https targets. */
export const PUBLIC_ONLY: OutboundPolicy = { allow: [] };

export type AllowListOutcome =
  | { readonly kind: 'read'; readonly allow: readonly AllowedTarget[] }
  | { readonly kind: 'invalid'; readonly entry: string };

/** Entries between commas or blanks: `host`, `host:port`, `address`, `address:port`, `[v6]:port` or a CIDR range. */
export function parseAllowList(text: string): AllowListOutcome {
  const allow: AllowedTarget[] = [];
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const target = readRange(entry) ?? readHost(entry);
    if (target === null) return { kind: 'invalid', entry };
    allow.push(target);
  }
  return { kind: 'read', allow };
}

export function isHostAllowed(policy: OutboundPolicy, host: string, port: number): boolean {
  return policy.allow.some(
    (target) => target.kind === 'host' && target.host === host && (target.port ?? port) === port,
  );
}

export function isAddressAllowed(policy: OutboundPolicy, address: string, port: number): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  return policy.allow.some(
    (target) => target.kind === 'range' && (target.port ?? port) === port && target.range.check(address, family),
  );
}

function readRange(entry: string): AllowedTarget | null {
  const [net = '', prefix, ...rest] = entry.split('/');
  if (isIP(net) === 0 || net.includes('%') || rest.length > 0) return null;
  const bits = isIPv6(net) ? 128 : 32;
  if (prefix === undefined) return rangeOf(net, bits, null);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return null;
  return rangeOf(net, Number(prefix), null);
}

/** As a URL's authority, so that a host is written here as it compares there. */
function readHost(entry: string): AllowedTarget | null {
  if (/[/?#@\\%*]/.test(entry) || !URL.canParse(`ws://${entry}`)) return null;
  const { hostname } = new URL(`ws://${entry}`);
  const port = /:(\d+)$/.exec(entry.replace(/^\[.*\]/, ''))?.[1];
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const portOrAny = port === undefined ? null : Number(port);
  if (isIP(host) !== 0) return rangeOf(host, isIPv6(host) ? 128 : 32, portOrAny);
  return host === '' ? null : { kind: 'host', host, port: portOrAny };
}

function rangeOf(net: string, prefix: number, port: number | null): AllowedTarget {
  const range = new BlockList();
  range.addSubnet(net, prefix, isIPv6(net) ? 'ipv6' : 'ipv4');
  return { kind: 'range', range, port };
}
