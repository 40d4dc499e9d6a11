/** What is started, and from which files. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const PROJECT_ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const COMPOSE_PROJECT = 'reelay-containers';
export const DEMO = { file: 'examples/loveu-tgve-2023.csv', rows: 304, capUsd: '50' } as const;
export const ENV_FILES = ['examples/fal-sim.env', 'tests/containers/drill.env'] as const;

export interface Options {
  /** Images made of this machine's own programs, and the build on its network: for where no registry answers. */
  readonly localImages: boolean;
  /** The stack goes on afterwards. */
  readonly keep: boolean;
}

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { 'local-images': { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
  });
  return { localImages: values['local-images'], keep: values.keep };
}
