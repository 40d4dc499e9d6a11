import { type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { ServerAccount } from './server-account.ts';

/** Whether the account may walk into this directory: every directory above must let it pass, a 0700 home does not. */
export function canReach(directory: string, account: ServerAccount | undefined): boolean {
  if (account === undefined) return true;
  for (let current = path.resolve(directory); ; current = path.dirname(current)) {
    const stats = statSync(current, { throwIfNoEntry: false });
    if (stats && !lets(account, stats)) return false;
    if (current === path.dirname(current)) return true;
  }
}

// The server's process has no supplementary groups: node clears them when it changes the user.
function lets(account: ServerAccount, { uid, gid, mode }: Stats): boolean {
  const execute = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & execute) !== 0;
}
