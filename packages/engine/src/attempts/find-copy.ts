/** A result that fal itself no longer gives, or not in time: the stored callback may hold it, or fal's listing. */
import type { AttemptWithJob } from '@reelay/db';
import type { Context } from '../context.ts';
import { readListing } from './look-in-listing.ts';
import { copyIn, type Ending } from './read-ending.ts';
import type { CallbackSeen } from './settle-attempt.ts';

/** Copies of successes only: what a failure costs, a copy does not tell. */
export async function findCopy(
  context: Context,
  loaded: AttemptWithJob,
  requestId: string,
  callback: CallbackSeen | null,
): Promise<Ending | null> {
  const heard = copyIn(callback);
  if (heard) return heard;
  const { requests } = await readListing(context, loaded, requestId);
  const output = requests.find((listed) => listed.requestId === requestId)?.output ?? null;
  return output === null ? null : { kind: 'succeeded', output, billableUnits: null, httpStatus: null };
}
