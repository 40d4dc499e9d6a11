/**
 * A new secret beside the old one: for a day both sign every delivery, so that a receiver can change over when it likes.
 * The new one is returned here and nowhere else again.
 */
import { rotationOverlapMs } from '@reelay/core';
import { inTransaction, lockEndpoint, rotateSecretRow, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { makeSigningSecret } from '../deliveries/sign-delivery.ts';

export interface RotateSecret {
  readonly projectId: string;
  /** Null: the project's default secret, which signs what goes to bare callback_urls. */
  readonly endpointId: string | null;
  /** In the transaction that stores it. */
  readonly beforeCommit?: (tx: Tx) => Promise<void>;
}

/** Null when the project has no such endpoint, or it has no secret of its own. */
export async function rotateSecret(
  { db, secretBox, policy }: Pick<Context, 'db' | 'secretBox' | 'policy'>,
  { projectId, endpointId, beforeCommit }: RotateSecret,
): Promise<string | null> {
  const secret = makeSigningSecret();
  const ownerId = endpointId ?? projectId;
  return inTransaction(db, async (tx) => {
    if (endpointId !== null && (await lockEndpoint(tx, projectId, endpointId))?.kind !== 'registered') return null;
    const sealed = secretBox.seal(secret, ownerId);
    await rotateSecretRow(tx, { ownerId, projectId, sealed }, rotationOverlapMs(policy));
    await beforeCommit?.(tx);
    return secret;
  });
}
