import { afterEach, expect, it, vi } from 'vitest';
import { readSettings } from './command-line.ts';
import { resolveOptions } from './sim-options.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('reads every flag into an option the simulator knows', () => {
  const flags = [
    ...['--port', '0', '--host', '0.0.0.0', '--public-url', 'http://fal-sim:7070', '--seed', '5', '--speed', '100'],
    ...[
      '--concurrency',
      '2',
      '--median-run',
      '30',
      '--retention',
      '60',
      '--state',
      '/tmp/x',
      '--faults',
      '{"run.slow":1}',
    ],
    ...['--units', 'plain', '--bill-422', '0.5', '--bill-499', '1', '--balance', '10', '--webhook-restamp', 'false'],
    ...['--webhook-schedule', 'legacy'],
  ];

  expect(resolveOptions(readSettings(flags))).toEqual({
    port: 0,
    host: '0.0.0.0',
    publicUrl: 'http://fal-sim:7070',
    seed: 5,
    speed: 100,
    concurrency: 2,
    medianRunSeconds: 30,
    retentionSeconds: 60,
    stateDir: '/tmp/x',
    faults: { 'run.slow': 1 },
    units: 'plain',
    bill422: 0.5,
    bill499: 1,
    balanceUsd: 10,
    webhookRestamp: false,
    webhookSchedule: 'legacy',
  });
});

it('prefers a flag to its variable', () => {
  vi.stubEnv('FAL_SIM_SPEED', '7');
  vi.stubEnv('FAL_SIM_BILL_422', '0.25');

  expect(readSettings(['--speed', '9'])).toMatchObject({ speed: 9, bill422: 0.25 });
});

it.each([['--port', 'x'], ['--faults', '{'], ['--webhook-restamp', 'no'], ['--unknown']])(
  'refuses %s %s',
  (...flags) => {
    expect(() => readSettings(flags, 'throw')).toThrow();
  },
);
