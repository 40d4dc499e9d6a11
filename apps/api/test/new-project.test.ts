import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runNewProject } from '../src/run.ts';
import { type Harness, PEPPER, send, startHarness } from './harness.ts';

let harness: Harness;
let env: Record<string, string>;
beforeAll(async () => {
  harness = await startHarness();
  env = { DATABASE_URL: harness.context.db.url, REELAY_KEY_PEPPER: PEPPER };
});
afterAll(() => harness.close());

describe('a new project', () => {
  it('begins with a key that the API knows', async () => {
    const printed = await runNewProject(['The foxes'], env);
    const [, key = ''] = /^API key {2}(\S+)$/m.exec(printed) ?? [];

    expect(printed).toMatch(/^project {2}proj_\w{26} {2}The foxes$/m);
    expect((await send(`${harness.url}/v1/api_keys`, key, {})).status).toBe(200);
  });

  it.each([[[]], [['']], [['two', 'names']], [['--help']], [['x'.repeat(129)]]])(
    'is not made of %j, and the usage is said',
    async (args) => {
      await expect(runNewProject(args, env)).rejects.toThrow('usage: ');
    },
  );

  it('is not made without a database and a pepper, and what is missing is said at once', async () => {
    await expect(runNewProject(['a'], {})).rejects.toThrow(/DATABASE_URL is not set\n.*REELAY_KEY_PEPPER is not set/);
  });
});
