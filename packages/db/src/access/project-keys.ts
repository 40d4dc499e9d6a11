/** A project's keys: read, counted and revoked. Every query is bound to the project. */
import type { Scope } from '@reelay/core';
import type { Tx } from '../client.ts';
import { type ApiKey, Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from '../reads/page.ts';

export type ApiKeyRow = ApiKey & { readonly scopes: Scope[] };

const IS_LIVE = Prisma.sql`revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;

/** Those that are neither revoked nor expired. The project's row is locked: of two calls at once the second sees the first's. */
export async function lockLiveKeys(tx: Tx, projectId: string): Promise<ApiKeyRow[]> {
  await tx.$queryRaw`SELECT 1 FROM projects WHERE id = ${projectId} FOR NO KEY UPDATE`;
  return tx.$queryRaw<ApiKeyRow[]>`SELECT * FROM api_keys WHERE project_id = ${projectId} AND ${IS_LIVE} ORDER BY id`;
}

export async function readApiKey(tx: Tx, projectId: string, id: string): Promise<ApiKeyRow | null> {
  const key = await tx.apiKey.findUnique({ where: { id, project_id: projectId } });
  return key as ApiKeyRow | null;
}

/** Newest first, revoked and expired ones too. */
export async function readApiKeys(tx: Tx, projectId: string, page: Page): Promise<PageOf<ApiKeyRow>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`id`, 'descending');
  const all = [Prisma.sql`project_id = ${projectId}`, ...conditions];
  const rows = await tx.$queryRaw<ApiKeyRow[]>`
    SELECT * FROM api_keys WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  return pageOf(rows, page);
}

/** False when it was revoked before, or is none of the project. */
export async function markRevoked(tx: Tx, projectId: string, id: string): Promise<boolean> {
  const revoked = await tx.$executeRaw`
    UPDATE api_keys SET revoked_at = now() WHERE id = ${id} AND project_id = ${projectId} AND revoked_at IS NULL`;
  return revoked === 1;
}
