import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommandLine } from './command-line.ts';
import { readLocalConfig } from './config.ts';
import { providerOptions } from './start/start-options.ts';

async function parse(args: string[], env: NodeJS.ProcessEnv = {}) {
  const seen: object[] = [];
  const keep = async (flags: object) => {
    seen.push(flags);
    return 7;
  };
  const exitCode = await runCommandLine(args, readLocalConfig(env), { start: keep, demo: keep, audit: keep });
  return { exitCode, flags: seen[0] };
}

describe('the demo', () => {
  test('runs the example at sixty times the speed when nothing is said', async () => {
    const { exitCode, flags } = await parse(['demo']);
    expect(exitCode).toBe(7);
    expect(flags).toMatchObject({ speed: 60, seed: 1, concurrency: 40, faults: {}, out: path.resolve('demo-results') });
    expect(flags).toMatchObject({ file: expect.stringMatching(/examples.loveu-tgve-2023\.csv$/) });
  });

  test('finds a file that is named from where npm was called', async () => {
    const { flags } = await parse(['demo', 'package.json'], { INIT_CWD: import.meta.dirname });
    expect(flags).toMatchObject({ file: path.resolve('package.json') });
    const below = await parse(['demo', 'command-line.ts'], { INIT_CWD: import.meta.dirname });
    expect(below.flags).toMatchObject({ file: path.join(import.meta.dirname, 'command-line.ts') });
  });

  test.each([
    ['faults that are no JSON', ['--faults', '{webhook.lose:1}']],
    ['faults that are a list', ['--faults', '[]']],
    ['no speed at all', ['--speed', '0']],
    ['half a seed', ['--seed', '1.5']],
    ['an option that is not known', ['--fault', '{}']],
  ])('refuses %s', async (_name, args) => {
    await expect(parse(['demo', ...args])).rejects.toThrow();
  });
});

describe('an audit', () => {
  const hash = 'ab'.repeat(32);

  test('takes as many heads as were kept', async () => {
    expect((await parse(['audit'])).flags).toEqual({ json: false, head: [] });
    const { flags } = await parse(['audit', '--head', `1:${hash}`, '--head', `20:${hash}`]);
    expect(flags).toMatchObject({
      head: [
        { n: 1n, hash },
        { n: 20n, hash },
      ],
    });
  });

  test.each(['1', hash, `1:${hash.slice(1)}`, `x:${hash}`])('refuses %s as a head', async (head) => {
    await expect(parse(['audit', '--head', head])).rejects.toThrow();
  });
});

describe('a start', () => {
  const flags = { speed: 60, seed: 1 };

  test('without a key runs on the simulator', () => {
    const options = providerOptions(readLocalConfig({}), flags);
    expect(options).toMatchObject({ provider: { speed: 60, concurrency: 40 }, timeScale: 60, budgetNanoUsd: null });
  });

  test('with a key alone may spend nothing', () => {
    const options = providerOptions(readLocalConfig({ FAL_KEY: 'id:secret' }), flags);
    expect(options).toMatchObject({ provider: { credentials: 'id:secret' }, budgetNanoUsd: 0n, inFlightMax: 2 });
    expect(options).not.toHaveProperty('timeScale');
  });

  test('with a key and a budget may spend the budget', () => {
    const config = readLocalConfig({ FAL_KEY: 'id:secret', REELAY_BUDGET_USD: '12.50' });
    expect(providerOptions(config, flags).budgetNanoUsd).toBe(12_500_000_000n);
  });

  test('with a budget that is no amount is refused', () => {
    expect(() => readLocalConfig({ REELAY_BUDGET_USD: 'lots' })).toThrow(/REELAY_BUDGET_USD/);
  });
});
