/**
 * One direction of one connection. Bytes keep their order whatever the link's state does in between; what a blocked link
 * holds, its end too, passes when the link opens again.
 */
import type { Socket } from 'node:net';
import { blocks, type Direction, type LinkState } from './link-state.ts';

interface Held {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

const HELD_BYTES_MAX = 256 * 1024;
const TRICKLE_EVERY_MS = 50;

export class ByteStream {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #stateOf: () => LinkState;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, direction: Direction, stateOf: () => LinkState) {
    this.#from = from;
    this.#to = to;
    this.#direction = direction;
    this.#stateOf = stateOf;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.once('end', () => {
      this.#ended = true;
      this.#pump();
    });
    to.on('drain', () => from.resume());
  }

  /** The link's state has changed. */
  wake(): void {
    this.stop();
    this.#pump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #take(bytes: Buffer): void {
    const state = this.#stateOf();
    if (this.#held.length === 0 && state.kind === 'open') {
      if (!this.#to.write(bytes)) this.#from.pause();
      return;
    }
    this.#held.push({ bytes, dueMs: performance.now() + (state.kind === 'late' ? state.ms : 0) });
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > HELD_BYTES_MAX) this.#from.pause();
    this.#pump();
  }

  #pump(): void {
    if (this.#timer !== undefined || this.#to.destroyed) return;
    const state = this.#stateOf();
    if (blocks(state, this.#direction)) return;
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      const waitMs = this.#passSome(next, state);
      if (waitMs > 0) {
        this.#pumpAfter(waitMs);
        return;
      }
    }
    if (this.#ended) this.#to.end();
  }

  /** Passes what may pass now of the first that is held. Milliseconds until more may. */
  #passSome(first: Held, state: LinkState): number {
    const lateMs = state.kind === 'late' ? first.dueMs - performance.now() : 0;
    if (lateMs > 1) return lateMs;
    const count =
      state.kind === 'trickle'
        ? Math.max(1, Math.round((state.bytesPerSecond * TRICKLE_EVERY_MS) / 1_000))
        : first.bytes.length;
    const rest = first.bytes.subarray(count);
    if (rest.length > 0) this.#held[0] = { ...first, bytes: rest };
    else this.#held.shift();
    this.#pass(first.bytes.subarray(0, count));
    return state.kind === 'trickle' ? TRICKLE_EVERY_MS : 0;
  }

  #pass(bytes: Buffer): void {
    this.#heldBytes -= bytes.length;
    if (this.#to.write(bytes) && this.#heldBytes < HELD_BYTES_MAX) this.#from.resume();
  }

  #pumpAfter(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, ms);
  }
}
