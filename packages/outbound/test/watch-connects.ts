/**
 * Every address that this process hands to connect(2), seen at the binding below node:net. What is not loopback is
 * written down and answered ENETUNREACH, so that a test never leaves the machine.
 */
import type { Readable } from 'node:stream';

type Connect = (request: unknown, address: string, ...rest: unknown[]) => number;
interface TcpBinding {
  readonly TCP: { readonly prototype: { connect: Connect; connect6: Connect } };
}

const ENETUNREACH = -101;

export interface ConnectWatch {
  readonly addresses: string[];
  stop(): void;
}

export function watchConnects(): ConnectWatch {
  const { prototype } = (process as unknown as { binding(name: string): TcpBinding }).binding('tcp_wrap').TCP;
  const { connect, connect6 } = prototype;
  const addresses: string[] = [];
  const watched = (original: Connect): Connect =>
    function (this: Readable, request, address, ...rest) {
      addresses.push(address);
      const isLoopback = /^(127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$)/.test(address);
      return isLoopback ? original.call(this, request, address, ...rest) : ENETUNREACH;
    };
  prototype.connect = watched(connect);
  prototype.connect6 = watched(connect6);
  return { addresses, stop: () => Object.assign(prototype, { connect, connect6 }) };
}
