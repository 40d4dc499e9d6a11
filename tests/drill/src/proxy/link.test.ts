import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Link, openLink } from './link.ts';
import { OPEN } from './link-state.ts';

let echo: net.Server;
let link: Link;
beforeEach(async () => {
  echo = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  link = await openLink('test', [(echo.address() as net.AddressInfo).port]);
});
afterEach(async () => {
  await link.close();
  echo.close();
});

function connect() {
  const socket = net.connect(link.port, '127.0.0.1');
  let text = '';
  const errors: (string | undefined)[] = [];
  socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (bytes) => {
    text += bytes.toString();
  });
  const heard = (wanted: string) =>
    new Promise<void>((resolve) => {
      const look = () => (text === wanted ? resolve() : setTimeout(look, 5));
      look();
    });
  return { socket, heard, closed, errors, text: () => text };
}

/** Long enough for bytes that could pass to have passed. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 100));

describe('a link', () => {
  it('passes bytes both ways, and the end', async () => {
    const { socket, heard, closed, errors } = connect();
    socket.write('one');
    await heard('one');
    socket.end('two');
    await heard('onetwo');
    await closed;
    expect(errors).toEqual([]);
  });

  it.each([{ kind: 'frozen' }, { kind: 'one_way', blocked: 'up' }, { kind: 'one_way', blocked: 'down' }] as const)(
    'holds what it blocks and passes it in order when it opens: $kind $blocked',
    async (state) => {
      const { socket, heard, text } = connect();
      socket.write('a');
      await heard('a');
      await link.set(state);
      socket.write('b');
      await aWhile();
      socket.write('c');
      await aWhile();
      expect(text()).toBe('a');
      await link.set(OPEN);
      await heard('abc');
      socket.destroy();
    },
  );

  it.each([
    { kind: 'late', ms: 30 },
    { kind: 'trickle', bytesPerSecond: 2_000 },
  ] as const)('keeps the order of what it slows down: $kind', async (state) => {
    const { socket, heard } = connect();
    await link.set(state);
    const words = Array.from({ length: 40 }, (_, i) => `${i} `);
    for (const word of words) socket.write(word);
    await heard(words.join(''));
    socket.destroy();
  });

  it('that is cut resets what stands, refuses what comes, and serves again afterwards', async () => {
    const before = connect();
    before.socket.write('a');
    await before.heard('a');
    await link.set({ kind: 'cut' });
    await before.closed;
    const refused = connect();
    await refused.closed;
    expect([before.errors, refused.errors]).toEqual([['ECONNRESET'], ['ECONNREFUSED']]);
    await link.set(OPEN);
    const after = connect();
    after.socket.write('b');
    await after.heard('b');
    after.socket.destroy();
  });
});
