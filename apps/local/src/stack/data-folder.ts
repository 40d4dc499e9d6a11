import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { embeddedDataRoot } from '@reelay/embedded';

/**
 * A folder below the root of what is kept. Under root PostgreSQL runs as another account, which has to pass through;
 * nobody may list it.
 */
export function makeDataFolder(projectDir: string, name: string): string {
  const folder = path.join(embeddedDataRoot(projectDir), name);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
  return folder;
}
