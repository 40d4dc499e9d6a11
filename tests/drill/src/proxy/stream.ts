/**
 * One direction of one connection. Bytes keep their order whatever the link's state does in between; what a blocked link
 * holds, its end too, passes when the link opens again.
 */
import type { Socket } from 'node:net';
import { blocks, type Direction, type LinkState } from './link-state.ts';

export interface ByteStream {
  /** The link's state has changed. */
  wake(): void;
  stop(): void;
}

interface Held {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

const HELD_BYTES_MAX = 256 * 1024;
const TRICKLE_EVERY_MS = 50;

export function joinSockets(from: Socket, to: Socket, direction: Direction, stateOf: () => LinkState): ByteStream {
  const held: Held[] = [];
  let heldBytes = 0;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  from.on('data', (bytes: Buffer) => {
    if (held.length === 0 && stateOf().kind === 'open') {
      if (!to.write(bytes)) from.pause();
      return;
    }
    const state = stateOf();
    held.push({ bytes, dueMs: performance.now() + (state.kind === 'late' ? state.ms : 0) });
    heldBytes += bytes.length;
    if (heldBytes > HELD_BYTES_MAX) from.pause();
    pump();
  });
  from.once('end', () => {
    ended = true;
    pump();
  });
  to.on('drain', () => from.resume());

  function pump(): void {
    if (timer !== undefined || to.destroyed) return;
    const state = stateOf();
    if (blocks(state, direction)) return;
    if (state.kind === 'trickle') return void trickle(state.bytesPerSecond);
    for (let next = held[0]; next !== undefined; next = held[0]) {
      const waitMs = next.dueMs - performance.now();
      if (state.kind === 'late' && waitMs > 1) {
        again(waitMs);
        return;
      }
      pass(next.bytes);
      held.shift();
    }
    if (ended) to.end();
  }

  function trickle(bytesPerSecond: number): void {
    const [first] = held;
    if (first === undefined) {
      if (ended) to.end();
      return;
    }
    const some = Math.max(1, Math.round((bytesPerSecond * TRICKLE_EVERY_MS) / 1_000));
    pass(first.bytes.subarray(0, some));
    if (first.bytes.length > some) held[0] = { ...first, bytes: first.bytes.subarray(some) };
    else held.shift();
    again(TRICKLE_EVERY_MS);
  }

  function pass(bytes: Buffer): void {
    heldBytes -= bytes.length;
    const flowing = to.write(bytes);
    if (flowing && heldBytes < HELD_BYTES_MAX) from.resume();
  }

  function again(afterMs: number): void {
    timer = setTimeout(() => {
      timer = undefined;
      pump();
    }, afterMs);
  }

  return {
    wake: () => {
      clearTimeout(timer);
      timer = undefined;
      pump();
    },
    stop: () => clearTimeout(timer),
  };
}
