/** A TCP proxy in front of one service, or of several that serve the same thing in turn, whose faults are set from outside. */
import { once } from 'node:events';
import net from 'node:net';
import { type LinkState, OPEN } from './link-state.ts';
import { SocketPair } from './socket-pair.ts';

export class Link {
  readonly name: string;
  readonly #server: net.Server;
  readonly #ports: readonly number[];
  readonly #pairs = new Set<SocketPair>();
  #port = 0;
  #state: LinkState = OPEN;
  #turn = 0;

  constructor(name: string, ports: readonly number[]) {
    this.name = name;
    this.#ports = ports;
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.#join(client));
  }

  get port(): number {
    return this.#port;
  }

  /** On the port that it had before, if it had one. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as net.AddressInfo).port;
  }

  async set(state: LinkState): Promise<void> {
    const wasCut = this.#state.kind === 'cut';
    this.#state = state;
    if (state.kind === 'cut') this.#cut();
    else if (wasCut) await this.listen();
    else for (const pair of this.#pairs) pair.wake();
  }

  async close(): Promise<void> {
    this.#state = { kind: 'cut' };
    this.#cut();
  }

  #cut(): void {
    if (this.#server.listening) this.#server.close();
    for (const pair of [...this.#pairs]) pair.end();
  }

  async #join(client: net.Socket): Promise<void> {
    client.on('error', () => {});
    const target = await connectFirst(this.#portsInTurn());
    if (!target || client.destroyed || this.#state.kind === 'cut') {
      client.resetAndDestroy();
      target?.resetAndDestroy();
      return;
    }
    const pair: SocketPair = new SocketPair(
      client,
      target,
      () => this.#state,
      () => this.#pairs.delete(pair),
    );
    this.#pairs.add(pair);
  }

  #portsInTurn(): number[] {
    this.#turn += 1;
    const first = this.#turn % this.#ports.length;
    return [...this.#ports.slice(first), ...this.#ports.slice(0, first)];
  }
}

export async function openLink(name: string, ports: readonly number[]): Promise<Link> {
  const link = new Link(name, ports);
  await link.listen();
  return link;
}

/** The first that answers. */
async function connectFirst(ports: readonly number[]): Promise<net.Socket | null> {
  for (const port of ports) {
    const target = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    target.on('error', () => {});
    if (await connects(target)) return target;
  }
  return null;
}

function connects(socket: net.Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
}
