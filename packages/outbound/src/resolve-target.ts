/**
 * A target's addresses, each of them judged. One that may not be called condemns them all: a name that mixes public and
 * internal addresses is an attack or a mistake. Reasons name the kind of an address and never the address itself, so that
 * no customer reads our internal DNS through them.
 */
import { lookup } from 'node:dns/promises';
import { isAddressAllowed, type OutboundPolicy } from './allow-list.ts';
import { findBlock } from './blocked-ranges.ts';
import type { Target } from './check-url.ts';
import { type Failure, failureOf } from './failure.ts';

/** Every address of a name, the preferred first. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export type Resolution =
  | { readonly kind: 'resolved'; readonly addresses: readonly string[] }
  | { readonly kind: 'blocked'; readonly reason: string }
  | Failure;

export const resolveBySystem: Resolve = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

export interface Resolving {
  readonly policy: OutboundPolicy;
  readonly resolve: Resolve;
}

export async function resolveTarget(target: Target, { policy, resolve }: Resolving): Promise<Resolution> {
  const found = await addressesOf(target, resolve);
  if (found.kind === 'failed') return found;
  for (const address of found.addresses) {
    const reason = faultOfAddress(target, address, policy);
    if (reason !== null) return { kind: 'blocked', reason };
  }
  return found;
}

/** Null: this address may be dialled for this target. */
export function faultOfAddress(target: Target, address: string, policy: OutboundPolicy): string | null {
  if (target.isTrusted || isAddressAllowed(policy, address, target.port)) return null;
  const block = findBlock(address);
  return block === null ? null : `${target.host} leads to ${block}`;
}

async function addressesOf(target: Target, resolve: Resolve): Promise<Exclude<Resolution, { kind: 'blocked' }>> {
  if (target.isAddress) return { kind: 'resolved', addresses: [target.host] };
  try {
    const addresses = await resolve(target.host);
    if (addresses.length > 0) return { kind: 'resolved', addresses };
    return { kind: 'failed', reason: 'dns', code: null };
  } catch (error) {
    return failureOf(error, 'dns');
  }
}
