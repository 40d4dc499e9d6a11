import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { canReach } from './can-reach.ts';
import { findServerAccount } from './server-account.ts';
import { makeSharedDirectory } from './shared-directory.ts';

/**
 * The directory for everything that must outlive a run: `.reelay` in the project, or one under /var/tmp when the
 * account that runs PostgreSQL cannot walk into the project or we cannot write there. It exists when this returns.
 */
export function embeddedDataRoot(projectDir: string): string {
  const project = path.resolve(projectDir);
  const account = findServerAccount();
  // The server's account only has to pass through; nobody else may list what is inside.
  const mode = account ? 0o711 : 0o700;
  const preferred = path.join(project, '.reelay');
  if (canReach(project, account) && canMake(preferred, mode)) return preferred;
  const hash = createHash('sha256').update(project).digest('hex').slice(0, 12);
  return makeSharedDirectory(hash, mode);
}

function canMake(directory: string, mode: number): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode });
    accessSync(directory, constants.W_OK | constants.X_OK);
    if (statSync(directory).uid === process.getuid?.()) chmodSync(directory, mode);
    return true;
  } catch {
    return false;
  }
}
