import { type Recognised, recognise } from '@reelay/core';
import { findJobsByInput } from '@reelay/db';
import type { ListedRequest } from '@reelay/fal';
import type { Context } from '../context.ts';
import { deriveSeed } from '../dispatch/attempt-of.ts';

/** So many inputs are looked up in one query. */
const INPUTS_MAX = 500;

/** Which of fal's requests are jobs' of ours, by request id, in the order given. */
export async function recognised(
  context: Context,
  model: string,
  requests: readonly ListedRequest[],
): Promise<Map<string, Recognised>> {
  const owners = new Map<string, Recognised>();
  for (let start = 0; start < requests.length; start += INPUTS_MAX) {
    const some = requests.slice(start, start + INPUTS_MAX);
    const jobs = await findJobsByInput(
      context.db.prisma,
      model,
      some.map(({ input }) => input),
    );
    for (const [place, request] of some.entries()) {
      const candidates = jobs
        .filter((job) => job.place === place)
        .map(({ id, attempts, user_seed }) => ({
          jobId: id,
          attempts,
          userSeed: user_seed === null ? null : Number(user_seed),
        }));
      const owner = recognise(seedOf(request.input), candidates, deriveSeed);
      if (owner) owners.set(request.requestId, owner);
    }
  }
  return owners;
}

function seedOf(input: unknown): unknown {
  return typeof input === 'object' && input !== null && 'seed' in input ? input.seed : null;
}
