/** The secrets that sign what goes to an endpoint now, newest first. They exist in the clear in this process alone. */
import { insertSecretOnce, type LiveSecrets, readLiveSecrets } from '@reelay/db';
import type { Context } from '../context.ts';
import { makeSigningSecret } from './sign-delivery.ts';

type SecretContext = Pick<Context, 'db' | 'secretBox'>;

/** Null when they can't be opened: the deployment's secret is another one than when they were sealed. */
export async function openLiveSecrets(
  context: SecretContext,
  endpointId: string,
  projectId: string,
): Promise<readonly string[] | null> {
  const { db, secretBox } = context;
  const sealed =
    (await readLiveSecrets(db.prisma, endpointId, projectId)) ??
    (await makeProjectSecret(context, endpointId, projectId));
  const current = secretBox.open(sealed.sealed, sealed.owner_id);
  if (current === null) return null;
  const previous = sealed.previous_sealed === null ? null : secretBox.open(sealed.previous_sealed, sealed.owner_id);
  return previous === null ? [current] : [current, previous];
}

/** A project gets its default secret with the first bare callback_url that is called. */
async function makeProjectSecret(
  { db, secretBox }: SecretContext,
  endpointId: string,
  projectId: string,
): Promise<LiveSecrets> {
  const sealed = secretBox.seal(makeSigningSecret(), projectId);
  await insertSecretOnce(db.prisma, { ownerId: projectId, projectId, sealed });
  const live = await readLiveSecrets(db.prisma, endpointId, projectId);
  if (!live) throw new Error(`project ${projectId} has no signing secret`);
  return live;
}
