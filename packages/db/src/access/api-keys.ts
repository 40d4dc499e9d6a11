/** Projects and their API keys. A key is found by the keyed hash of its secret; the secret itself is nowhere. */
import type { Scope } from '@reelay/core';
import type { Db, Tx } from '../client.ts';

export async function insertProject(tx: Tx, project: { readonly id: string; readonly name: string }): Promise<void> {
  await tx.project.create({ data: project });
}

export interface NewApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly secretHash: string;
  readonly scopes: readonly Scope[];
  /** How the key begins. */
  readonly hint: string;
  readonly expiresAt: Date | null;
}

/** False when a key with this secret is there already. */
export async function insertApiKey(tx: Tx, key: NewApiKey): Promise<boolean> {
  const inserted = await tx.$executeRaw`
    INSERT INTO api_keys (id, project_id, name, secret_hash, scopes, hint, expires_at)
    VALUES (${key.id}, ${key.projectId}, ${key.name}, ${key.secretHash}, ${[...key.scopes]}::text[], ${key.hint},
      ${key.expiresAt}::timestamptz) ON CONFLICT (secret_hash) DO NOTHING`;
  return inserted === 1;
}

export interface ApiKeyHolder {
  readonly id: string;
  readonly project_id: string;
  readonly scopes: readonly Scope[];
}

/** Null for an unknown, revoked or expired key. Notes the use, once a minute at most. */
export async function findApiKey(db: Db, secretHash: string): Promise<ApiKeyHolder | null> {
  const rows = await db.prisma.$queryRaw<ApiKeyHolder[]>`
    WITH found AS (
      SELECT id, project_id, scopes FROM api_keys
      WHERE secret_hash = ${secretHash} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    ), noted AS (
      UPDATE api_keys k SET last_used_at = now() FROM found
      WHERE k.id = found.id AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')
    )
    SELECT id, project_id, scopes FROM found`;
  return rows[0] ?? null;
}
