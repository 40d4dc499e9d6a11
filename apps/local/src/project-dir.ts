import { existsSync } from 'node:fs';
import path from 'node:path';
import { LocalError } from './local-error.ts';

/** The checkout: what holds the migrations and the example. */
export function findProjectDir(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'prisma', 'migrations', 'migration_lock.toml'))) return folder;
    if (path.dirname(folder) === folder) {
      throw new LocalError(`no prisma/migrations above ${from}: run this from a complete checkout`);
    }
  }
}
