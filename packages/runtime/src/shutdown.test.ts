import { describe, expect, it } from 'vitest';
import { createShutdown, ShutdownTimeout } from './shutdown.ts';

describe('shutdown', () => {
  it('releases in reverse order', async () => {
    const released: string[] = [];
    const shutdown = createShutdown();
    for (const name of ['db', 'queue', 'api']) shutdown.add(name, () => void released.push(name));

    await shutdown.run();

    expect(released).toEqual(['api', 'queue', 'db']);
  });

  it('goes on after a failure and reports the first', async () => {
    let released = false;
    const shutdown = createShutdown();
    shutdown.add('db', () => {
      released = true;
      throw new Error('second');
    });
    shutdown.add('api', () => Promise.reject(new Error('first')));

    await expect(shutdown.run()).rejects.toThrow('first');
    expect(released).toBe(true);
  });

  it('does not wait for what hangs', async () => {
    const shutdown = createShutdown(5);
    shutdown.add('worker', () => new Promise(() => {}));

    await expect(shutdown.run()).rejects.toBeInstanceOf(ShutdownTimeout);
  });

  it('runs once', async () => {
    let releases = 0;
    const shutdown = createShutdown();
    shutdown.add('db', () => void releases++);

    await Promise.all([shutdown.run(), shutdown.run()]);

    expect(releases).toBe(1);
  });
});
