import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EXIT } from '@reelay/cli';
import { embeddedDataRoot } from '@reelay/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLocalConfig } from '../src/config.ts';
import { runDemo } from '../src/demo/run-demo.ts';
import { findProjectDir } from '../src/project-dir.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reelay-demo-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function demo(csv: string, faults: object = {}) {
  const file = path.join(folder, 'rows.csv');
  await writeFile(file, csv);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdout, stderr, config: { colours: false }, cwd: folder, signal: new AbortController().signal };
  const flags = { file, out: path.join(folder, 'out'), faults, speed: 1_000, seed: 1, concurrency: 5 };
  // A key must not matter: the demo never spends money.
  const exitCode = await runDemo(readLocalConfig({ FAL_KEY: 'id:secret' }), flags, io);
  stdout.end();
  stderr.end();
  return { exitCode, said: await text(stdout), out: flags.out };
}

const ROWS = [1, 2, 3, 4, 5, 6].map((n) => `https://media.example.com/${n}.mp4,rain,32,480p`);
const HEADER = 'video_url,prompt,num_frames,resolution';

test('a file is run to its end, its books agree with the bill, and nothing is left behind', async () => {
  const { exitCode, said, out } = await demo([HEADER, ...ROWS].join('\n'), { 'webhook.lose': 0.5 });
  expect(said).toContain('equal to the nano-dollar');
  expect(exitCode).toBe(EXIT.ok);
  expect(JSON.parse(await readFile(path.join(out, 'summary.json'), 'utf8'))).toMatchObject({
    ...{ jobs: 6, succeeded: 6, failed: 0, needs_review: 0, estimated_usd: '0.48', charged_usd: '0.48' },
    provider: { accepted: 6, accepted_twice: 0, billed_usd: '0.48' },
  });
  expect((await readFile(path.join(out, 'results.csv'), 'utf8')).trim().split('\n')).toHaveLength(7);
  expect(await readdir(embeddedDataRoot(findProjectDir()))).not.toContain(`demo-${process.pid}`);
});

test('a file with a bad row runs the others and says which', async () => {
  const { exitCode, said } = await demo([HEADER, ...ROWS.slice(0, 2), 'nowhere,rain,32,480p'].join('\n'));
  expect(said).toMatch(/line 4, column video_url/);
  expect(exitCode).toBe(EXIT.unfinishedRows);
});

test('a file that cannot be read is bad input', async () => {
  await expect(demo('Clip,Text\nx,y\n')).rejects.toMatchObject({ exitCode: EXIT.badInput });
});
