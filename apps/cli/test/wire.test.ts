import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT, runCli } from '../src/index.ts';

// What only a broken network, proxy or server answers. The API itself is met in cli.test.ts.
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let seen: { method: string; url: string; body: string; key: string | undefined }[];
let close: () => Promise<void>;
let apiUrl: string;
let answer: Answer;
/** Set by a test that does not want the body to be read for it. */
let intake: Answer | null;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelay-wire-'));
  seen = [];
  intake = null;
  const server = createServer(async (request, response) => {
    if (intake) return intake(request, response);
    const { method = '', url = '' } = request;
    const body = await text(request).catch(() => '');
    seen.push({ method, url, body, key: request.headers['idempotency-key']?.toString() });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true });
});

async function run(...args: string[]) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const config = { apiUrl, apiKey: 'secret-key', colours: false };
  const exitCode = await runCli(args, { stdout, stderr, config, cwd: folder, signal: new AbortController().signal });
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const EMPTY_LIST = { object: 'list', data: [], has_more: false, first_id: null, last_id: null };

describe('reads', () => {
  test('are repeated when the API is busy', async () => {
    answer = (_request, response) => (seen.length < 3 ? json(response, 503, {}) : json(response, 200, EMPTY_LIST));
    expect(await run('batch', 'list')).toMatchObject({ exitCode: EXIT.ok, stdout: 'no batches yet\n' });
    expect(seen).toHaveLength(3);
  });

  test('are not repeated when the API says no', async () => {
    answer = (_request, response) => json(response, 401, {});
    expect((await run('batch', 'list')).exitCode).toBe(EXIT.failure);
    expect(seen).toHaveLength(1);
  });

  test('an id cannot change the path', async () => {
    answer = (_request, response) => json(response, 404, {});
    expect((await run('batch', 'show', '../jobs?x=1')).exitCode).toBe(EXIT.notFound);
    expect(seen[0]?.url).toBe('/v1/batches/..%2Fjobs%3Fx%3D1');
  });

  test("a page of something else is said to be no Reelay API's", async () => {
    answer = (_request, response) => response.writeHead(200).end('<html>');
    const { exitCode, stderr } = await run('batch', 'list');
    expect(exitCode).toBe(EXIT.failure);
    expect(stderr).toContain('not JSON');
  });

  test('the key does not follow a redirect', async () => {
    answer = (_request, response) => response.writeHead(302, { location: `${apiUrl}/elsewhere` }).end();
    await run('batch', 'pause', 'batch_1');
    expect(seen.map(({ url }) => url)).toEqual(['/v1/batches/batch_1/pause']);
  });
});

describe('writes', () => {
  test.each([
    ['the connection is cut', ((request) => request.socket.destroy()) as Answer, EXIT.unreachable],
    ['the answer is 503', ((_request, response) => json(response, 503, {})) as Answer, EXIT.failure],
  ])('are sent once when %s', async (_name, broken, exitCode) => {
    answer = broken;
    expect((await run('job', 'retry', 'job_1')).exitCode).toBe(exitCode);
    expect(seen).toHaveLength(1);
  });
});

describe('budgets', () => {
  const hour = {
    ...{ object: 'budget', scope: 'project', period: 'hour', limit: '5', spent: '1.2', reserved: '0.3' },
    ...{ remaining: '3.5', window_start: '2027-01-01T12:00:00.000Z', resets_at: '2027-01-01T13:00:00.000Z' },
  };
  const list = { ...EMPTY_LIST, data: [hour] };

  test('are shown with what is left of them', async () => {
    answer = (_request, response) => json(response, 200, list);
    const { stdout } = await run('budget', 'list');
    expect(stdout).toMatch(/SCOPE +PERIOD +LIMIT +SPENT +RESERVED +LEFT +RESETS/);
    expect(stdout).toMatch(/project +hour +\$5\.00 +\$1\.20 +\$0\.30 +\$3\.50 +2027-01-01T13:00:00\.000Z/);
    expect(JSON.parse((await run('budget', 'list', '--json')).stdout)).toEqual(list);
  });

  test('are set and removed for their scope and period', async () => {
    answer = (_request, response) => json(response, 200, list);
    await run('budget', 'set', 'project', '46.40', '--period', 'hour');
    await run('budget', 'set', 'key:key_1', '1');
    await run('budget', 'remove', 'key:key_1', '--period', 'day');
    expect(seen).toMatchObject([
      { method: 'PUT', url: '/v1/budgets/project', body: '{"limit":"46.40","period":"hour"}' },
      { method: 'PUT', url: '/v1/budgets/key%3Akey_1', body: '{"limit":"1","period":"total"}' },
      { method: 'DELETE', url: '/v1/budgets/key%3Akey_1?period=day' },
    ]);
  });

  test('that are no dollars or no period are bad usage and send nothing', async () => {
    expect((await run('budget', 'set', 'project', 'much')).exitCode).toBe(EXIT.badInput);
    expect((await run('budget', 'set', 'project', '1', '--period', 'week')).exitCode).toBe(EXIT.badInput);
    expect(seen).toHaveLength(0);
  });
});

describe('an upload', () => {
  beforeEach(() => writeFile(path.join(folder, 'a.csv'), 'video_url,prompt\n'));

  test('whose answer is lost is said to be safe to send again, with the key that was sent', async () => {
    answer = (request) => request.socket.destroy();
    const { exitCode, stderr } = await run('import', 'a.csv');
    expect(exitCode).toBe(EXIT.unreachable);
    expect(seen[0]?.body).toBe('video_url,prompt\n');
    expect(stderr).toContain(`--idempotency-key ${seen[0]?.key}`);
  });

  test('that is refused early stops being sent', async () => {
    await writeFile(path.join(folder, 'large.csv'), Buffer.alloc(50_000_000, 'x'));
    let received = 0;
    const closed = new Promise((resolve) => {
      intake = (request, response) => {
        request.socket.once('close', resolve);
        request.on('data', (chunk: Buffer) => {
          received += chunk.byteLength;
          if (!response.headersSent) json(response, 422, { code: 'invalid_file', title: 'no', detail: 'a bad header' });
        });
      };
    });
    const { exitCode, stderr } = await run('import', 'large.csv');
    expect(exitCode).toBe(EXIT.badInput);
    expect(stderr).toContain('a bad header');
    await closed;
    expect(received).toBeLessThan(50_000_000);
  });

  test.each([
    ['a file that is not there', ['import', 'none.csv'], 'no such file'],
    ['a folder', ['import', 'folder.csv', '--format', 'csv'], 'not a regular file'],
    ['a name that tells no format', ['import', 'a.xls'], '--format'],
  ])('of %s is bad input and sends nothing', async (_name, args, said) => {
    await mkdir(path.join(folder, 'folder.csv'));
    const { exitCode, stderr } = await run(...args);
    expect(exitCode).toBe(EXIT.badInput);
    expect(stderr).toContain(said);
    expect(seen).toHaveLength(0);
  });
});

describe('a download', () => {
  test('that breaks off leaves the old file and nothing else', async () => {
    await writeFile(path.join(folder, 'r.csv'), 'old');
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    const { exitCode, stderr } = await run('results', 'batch_1', '-o', 'r.csv');
    expect(exitCode).toBe(EXIT.failure);
    expect(stderr).toContain('broke off');
    expect(await readdir(folder)).toEqual(['r.csv']);
    expect(await readFile(path.join(folder, 'r.csv'), 'utf8')).toBe('old');
  });

  test('of a running batch is said to be incomplete', async () => {
    answer = (_request, response) => response.writeHead(200, { 'x-complete': 'false' }).end('a,b\n');
    const { exitCode, stdout, stderr } = await run('results', 'batch_1', '-o', 'r.ndjson', '--json');
    expect(exitCode).toBe(EXIT.ok);
    expect(JSON.parse(stdout)).toEqual({ file: path.join(folder, 'r.ndjson'), bytes: 4, complete: false });
    expect(stderr).toContain('incomplete');
    expect(seen[0]?.url).toBe('/v1/batches/batch_1/results?format=ndjson');
  });

  test('to - is nothing but the rows', async () => {
    answer = (_request, response) => response.writeHead(200, { 'x-complete': 'true' }).end('a,b\n');
    expect(await run('results', 'batch_1', '-o', '-')).toEqual({ exitCode: EXIT.ok, stdout: 'a,b\n', stderr: '' });
  });

  test('to a folder that is not there is said', async () => {
    answer = (_request, response) => response.writeHead(200).end('a,b\n');
    const { exitCode, stderr } = await run('results', 'batch_1', '-o', 'none/r.csv');
    expect(exitCode).toBe(EXIT.badInput);
    expect(stderr).toContain('cannot write');
  });
});

describe('--json', () => {
  test('a refusal is exactly one document', async () => {
    const problem = { title: 'Not found', status: 404, code: 'not_found', request_id: 'req_9', detail: 'no batch x' };
    answer = (_request, response) => json(response, 404, problem);
    const { stdout, exitCode } = await run('batch', 'show', 'x', '--json');
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'not_found', request_id: 'req_9', exit_code: exitCode });
  });

  test('wrong usage too', async () => {
    const { stdout, exitCode } = await run('results', 'batch_1', '--json');
    expect(exitCode).toBe(EXIT.badInput);
    expect(JSON.parse(stdout).error.message).toContain('--output');
  });
});
