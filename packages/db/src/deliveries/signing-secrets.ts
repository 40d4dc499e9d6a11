/** Sealed secrets, of endpoints by their ids and of projects, for bare callback_urls, by theirs. */
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';

export interface SealedSecret {
  readonly ownerId: string;
  readonly projectId: string;
  readonly sealed: string;
}

export interface LiveSecrets {
  readonly owner_id: string;
  readonly sealed: string;
  /** Null when it has none or its time is over. */
  readonly previous_sealed: string | null;
}

/** The first one stays: two that come at once end with the same. */
export async function insertSecretOnce(tx: Tx, { ownerId, projectId, sealed }: SealedSecret): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO signing_secrets (owner_id, project_id, sealed) VALUES (${ownerId}, ${projectId}, ${sealed})
    ON CONFLICT (owner_id) DO NOTHING`;
}

/** What was the secret signs along for so long. Of three in that time the oldest goes. */
export async function rotateSecretRow(tx: Tx, secret: SealedSecret, overlapMs: number): Promise<void> {
  const { ownerId, projectId, sealed } = secret;
  await tx.$executeRaw`
    INSERT INTO signing_secrets AS s (owner_id, project_id, sealed) VALUES (${ownerId}, ${projectId}, ${sealed})
    ON CONFLICT (owner_id) DO UPDATE SET sealed = excluded.sealed, previous_sealed = s.sealed,
      previous_until = ${fromNow(overlapMs)}, created_at = now()`;
}

/** An endpoint's own secrets, or else its project's. */
export async function readLiveSecrets(tx: Tx, endpointId: string, projectId: string): Promise<LiveSecrets | null> {
  const [row] = await tx.$queryRaw<LiveSecrets[]>`
    SELECT owner_id, sealed, CASE WHEN previous_until > now() THEN previous_sealed END AS previous_sealed
    FROM signing_secrets WHERE owner_id IN (${endpointId}, ${projectId})
    ORDER BY owner_id = ${endpointId} DESC LIMIT 1`;
  return row ?? null;
}
