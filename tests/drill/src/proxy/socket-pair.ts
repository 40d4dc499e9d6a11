/** A client's connection to the proxy and the proxy's to its target, as the one connection that both take them for. */
import type { Socket } from 'node:net';
import { ByteStream } from './byte-stream.ts';
import { blocks, type Direction, type LinkState } from './link-state.ts';

const LOOK_AGAIN_MS = 200;

export class SocketPair {
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #stateOf: () => LinkState;
  readonly #onEnd: () => void;
  readonly #streams: readonly ByteStream[];
  #ended = false;

  constructor(client: Socket, target: Socket, stateOf: () => LinkState, onEnd: () => void) {
    this.#client = client;
    this.#target = target;
    this.#stateOf = stateOf;
    this.#onEnd = onEnd;
    this.#streams = [new ByteStream(client, target, 'up', stateOf), new ByteStream(target, client, 'down', stateOf)];
    client.once('close', () => this.#endWhenPassable('up'));
    target.once('close', () => this.#endWhenPassable('down'));
  }

  /** The link's state has changed. */
  wake(): void {
    for (const stream of this.#streams) stream.wake();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const stream of this.#streams) stream.stop();
    this.#client.resetAndDestroy();
    this.#target.resetAndDestroy();
    this.#onEnd();
  }

  /** A connection that breaks behind a blocked link is not noticed on its other side before the link opens. */
  #endWhenPassable(direction: Direction): void {
    if (this.#ended) return;
    if (blocks(this.#stateOf(), direction)) {
      setTimeout(() => this.#endWhenPassable(direction), LOOK_AGAIN_MS).unref();
    } else this.end();
  }
}
