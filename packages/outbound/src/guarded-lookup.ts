/**
 * The guard for a client of another kind (node:http, undici): what it is given is judged, so what it dials was judged.
 * A socket asks no `lookup` for an address literal, so `checkUrl` comes first, again for each redirect that is followed.
 */
import type { LookupFunction } from 'node:net';
import type { OutboundPolicy } from './allow-list.ts';
import { answerLookup } from './answer-lookup.ts';
import type { Target } from './check-url.ts';
import { type Resolve, resolveBySystem, resolveTarget } from './resolve-target.ts';

/** Why a guarded client could not connect, where it knows only errors. */
export class TargetBlocked extends Error {
  override readonly name = 'TargetBlocked';
}

/** For connections to this one target; a client that asks for another host is refused. */
export function guardedLookup(
  target: Target,
  policy: OutboundPolicy,
  resolve: Resolve = resolveBySystem,
): LookupFunction {
  return (host, options, callback) => {
    const refuse = (error: Error) => callback(error, '', 4);
    if (host.replace(/\.$/, '') !== target.host) {
      refuse(new TargetBlocked(`${host} was not checked; only ${target.host} was`));
      return;
    }
    resolveTarget(target, { policy, resolve }).then((resolution) => {
      if (resolution.kind === 'resolved') answerLookup(resolution.addresses, options, callback);
      else if (resolution.kind === 'blocked') refuse(new TargetBlocked(resolution.reason));
      else
        refuse(Object.assign(new Error(`${target.host} cannot be resolved`), { code: resolution.code ?? 'ENOTFOUND' }));
    }, refuse);
  };
}
