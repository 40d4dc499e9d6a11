/**
 * A connection to an address that was judged, dialled as it was judged, and judged again once it stands. It is handed
 * out after the TLS handshake: nothing of a request is written before all of that held.
 */
import { once } from 'node:events';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { OutboundPolicy } from './allow-list.ts';
import { answerLookup } from './answer-lookup.ts';
import type { Target } from './check-url.ts';
import { type Failure, type FailureReason, failureOf } from './failure.ts';
import { faultOfAddress } from './resolve-target.ts';

/** A name with hundreds of addresses must not make us dial them all. */
const ADDRESSES_DIALLED_MAX = 8;
const ATTEMPT_TIMEOUT_MS = 1_000;

export interface ConnectionTerms {
  readonly policy: OutboundPolicy;
  /** Certificates trusted instead of the system's. */
  readonly ca?: string | undefined;
  readonly signal: AbortSignal;
}

export type Opened =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'blocked'; readonly reason: string }
  | Failure;

/** `addresses` are judged already; none but these is dialled. */
export async function openConnection(
  target: Target,
  addresses: readonly string[],
  terms: ConnectionTerms,
): Promise<Opened> {
  const socket = connect({
    host: target.host,
    port: target.port,
    lookup: pinnedLookup(addresses.slice(0, ADDRESSES_DIALLED_MAX)),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    noDelay: true,
  });
  const failure = await waitFor(socket, 'connect', terms.signal, 'unreachable');
  if (failure !== null) return failure;
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) {
    socket.destroy();
    return { kind: 'failed', reason: 'reset', code: null };
  }
  const reason = faultOfAddress(target, remoteAddress, terms.policy);
  if (reason !== null) {
    socket.destroy();
    return { kind: 'blocked', reason };
  }
  return target.isTls ? secure(socket, target, terms) : { kind: 'open', socket };
}

async function secure(socket: Socket, { host, isAddress }: Target, { ca, signal }: ConnectionTerms): Promise<Opened> {
  const secured = connectTls({
    socket,
    host,
    ...(isAddress ? {} : { servername: host }),
    ...(ca === undefined ? {} : { ca }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  const failure = await waitFor(secured, 'secureConnect', signal, 'tls');
  if (failure === null) return { kind: 'open', socket: secured };
  socket.destroy();
  return failure;
}

async function waitFor(
  socket: Socket,
  event: string,
  signal: AbortSignal,
  otherwise: FailureReason,
): Promise<Failure | null> {
  // Errors after the one that is waited for have nobody else to hear them.
  socket.on('error', () => {});
  try {
    await once(socket, event, { signal });
    return null;
  } catch (error) {
    socket.destroy();
    return failureOf(error, otherwise);
  }
}

function pinnedLookup(addresses: readonly string[]): LookupFunction {
  return (_host, options, callback) => answerLookup(addresses, options, callback);
}
