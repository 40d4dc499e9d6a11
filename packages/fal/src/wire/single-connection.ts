/**
 * A connector for undici that makes one connection in its life and knows how far it got. undici may connect again by
 * itself after some socket errors; here that is refused, so one request is written at most once.
 */
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';
import type { MayStillSend } from '../fal.ts';

/** `pending`: given up before the connection stood. `connected`: from here on bytes may have left. */
export type ConnectionEnd =
  | { readonly kind: 'unused' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly reachedTls: boolean }
  /** The connection stood, but nothing may be sent on it any more. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'connected' };

export interface SingleConnection {
  readonly connector: buildConnector.connector;
  /** Forbids any later connection and tells how far this one got. */
  readonly seal: () => ConnectionEnd;
}

export function singleConnection(connect: buildConnector.connector, mayStillSend: MayStillSend): SingleConnection {
  let end: ConnectionEnd = { kind: 'unused' };
  let sealed = false;
  let socket: Socket | undefined;

  const connector: buildConnector.connector = (options, callback) => {
    if (sealed || end.kind !== 'unused') {
      callback(new Error('this request has used its only connection'), null);
      return;
    }
    end = { kind: 'pending' };
    let reachedTls = false;
    socket = startConnecting(connect, options, (error, connected) => {
      if (error !== null) {
        end = { kind: 'failed', error, reachedTls };
        callback(error, null);
      } else if (sealed) {
        connected.destroy();
        callback(new Error('given up before the connection stood'), null);
      } else if (!mayStillSend()) {
        end = { kind: 'withheld' };
        connected.destroy();
        callback(new Error('too late to send'), null);
      } else {
        end = { kind: 'connected' };
        callback(null, connected);
      }
    });
    if (options.protocol === 'https:') socket?.once('connect', () => (reachedTls = true));
  };

  const seal = () => {
    sealed = true;
    if (end.kind === 'pending') socket?.destroy();
    return end;
  };
  return { connector, seal };
}

type Connected = (...args: [error: Error, socket: null] | [error: null, socket: Socket]) => void;

/**
 * undici's connector returns its socket, though its type does not say so. Should it stop doing that, a reset during the
 * TLS handshake is merely no longer recognised as harmless.
 */
function startConnecting(
  connect: buildConnector.connector,
  options: buildConnector.Options,
  callback: Connected,
): Socket | undefined {
  return connect(options, callback) as unknown as Socket | undefined;
}
