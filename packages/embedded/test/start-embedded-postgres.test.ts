import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from '../src/index.ts';
import { itAsRoot } from './it-as-root.ts';
import { query } from './query.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function start(dataDir: string, options: Partial<EmbeddedPostgresOptions> = {}) {
  const server = await startEmbeddedPostgres({ dataDir, durability: 'fast', ...options });
  onTestFinished(() => server.stop());
  return server;
}

const newDataDir = () => path.join(temporaryDirectory(), 'postgres');

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function killHard(pid: number) {
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isAlive(pid)).toBe(false);
}

describe('a server', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-embedded-'));
  const dataDir = path.join(directory, 'postgres');
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    chmodSync(directory, 0o711);
    server = await startEmbeddedPostgres({ dataDir });
  });

  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  it('has a database that answers', async () => {
    expect(await query(server.url, 'SELECT current_database() AS database')).toEqual([{ database: 'reelay' }]);
  });

  it('listens on 127.0.0.1 alone and offers no socket file', async () => {
    expect(await query(server.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(server.url, 'SHOW unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
  });

  it('refuses a connection without the password', async () => {
    const withWrongPassword = new URL(server.url);
    withWrongPassword.password = 'guess';

    await expect(query(withWrongPassword.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps the password in a file for its owner alone', () => {
    expect(readFileSync(`${dataDir}.password`, 'utf8').trim()).toBe(new URL(server.url).password);
    expect(statSync(`${dataDir}.password`).mode & 0o777).toBe(0o600);
  });

  it('writes no password into the log', () => {
    const log = readFileSync(`${dataDir}.log`, 'utf8');

    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain(new URL(server.url).password);
  });

  it('syncs every commit unless told otherwise', async () => {
    expect(await query(server.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(server.url, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
  });

  it('takes two hundred connections', async () => {
    expect(await query(server.url, 'SHOW max_connections')).toEqual([{ max_connections: '200' }]);
  });

  it('does not run as root', () => {
    expect(statSync(path.join(dataDir, 'postmaster.pid')).uid).not.toBe(0);
  });
});

describe('a first start', () => {
  it('takes settings of the caller over its own', async () => {
    const { url, attached } = await start(newDataDir(), { settings: { max_connections: '37' } });

    expect(attached).toBe(false);
    expect(await query(url, 'SHOW max_connections')).toEqual([{ max_connections: '37' }]);
  });
});

describe('a later start', () => {
  it('finds the data again', async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    const second = await start(dataDir);

    expect(isAlive(first.pid)).toBe(false);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('takes over a server that still runs', async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);

    const second = await start(dataDir);

    expect(second).toMatchObject({ attached: true, pid: first.pid, url: first.url });
  });

  it('recovers after the server was killed', async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await killHard(first.pid);

    const second = await start(dataDir);

    expect(second.attached).toBe(false);
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('is not misled by a pid file whose number another process has now', async () => {
    const dataDir = newDataDir();
    const first = await start(dataDir);
    const pidFile = readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8');
    await first.stop();
    writeFileSync(path.join(dataDir, 'postmaster.pid'), pidFile.replace(String(first.pid), String(process.pid)));

    const second = await start(dataDir);

    expect(second).toMatchObject({ attached: false });
  });

  it('begins again where the first was interrupted before the data directory was complete', async () => {
    const dataDir = newDataDir();
    mkdirSync(`${dataDir}.draft-0000/cluster`, { recursive: true });
    writeFileSync(`${dataDir}.password`, 'chosen before\n', { mode: 0o600 });

    const { url } = await start(dataDir);

    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('two starts at once', () => {
  it('share one server', async () => {
    const dataDir = newDataDir();

    const servers = await Promise.all([start(dataDir), start(dataDir), start(dataDir)]);

    expect(new Set(servers.map(({ pid }) => pid)).size).toBe(1);
    expect(servers.filter(({ attached }) => !attached)).toHaveLength(1);
  });
});

describe('a stop', () => {
  it('may be called twice', async () => {
    const server = await start(newDataDir());

    await server.stop();

    await expect(server.stop()).resolves.toBeUndefined();
    expect(isAlive(server.pid)).toBe(false);
  });
});

describe('a refusal says what to do', () => {
  it('about a directory with foreign files', async () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'holiday.jpg'), '');

    await expect(start(directory)).rejects.toThrow(/choose an empty or new directory/);
    expect(existsSync(path.join(directory, 'holiday.jpg'))).toBe(true);
  });

  it('about data of another PostgreSQL version', async () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'PG_VERSION'), '9.6\n');

    await expect(start(directory)).rejects.toThrow(/was written by PostgreSQL 9\.6.*pg_dump/);
  });

  it('about a port that is taken', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await expect.poll(() => other.listening).toBe(true);
    const { port } = other.address() as net.AddressInfo;

    await expect(start(newDataDir(), { port })).rejects.toThrow(`port ${port} is taken`);
  });

  it('about a password file that was lost', async () => {
    const dataDir = newDataDir();
    const { stop } = await start(dataDir);
    await stop();
    rmSync(`${dataDir}.password`);

    await expect(start(dataDir)).rejects.toThrow(/restore that file/);
  });

  it('about a setting that PostgreSQL does not know', async () => {
    const settings = { no_such_setting: '1' };

    await expect(start(newDataDir(), { settings })).rejects.toThrow(
      /unrecognized configuration parameter.*see .*\.log/,
    );
  });

  itAsRoot('about a directory that the server account cannot enter', async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o700);

    await expect(start(path.join(directory, 'postgres'))).rejects.toThrow(/choose a data directory that every account/);
  });
});
