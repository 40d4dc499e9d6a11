/** Follows a project's event log by number: every event once, in order, from a number on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '@reelay/contract';
import type { ListOf } from '../api-types.ts';
import { interrupted } from '../cli-error.ts';
import type { ApiClient } from '../http/api-client.ts';

const POLL_EVERY_MS = 1_000;
const PAGE = 100;

export interface Following {
  readonly after: number;
  readonly signal: AbortSignal;
  readonly pollEveryMs?: number | undefined;
}

/** Ends only with Ctrl-C, or with an API that stays away. */
export async function* readNewEvents(client: ApiClient, following: Following): AsyncGenerator<Event> {
  let { after } = following;
  for (;;) {
    const { data, has_more } = await client.get<ListOf<Event>>('/v1/events', { after, limit: PAGE });
    for (const event of data) {
      yield event;
      after = event.seq;
    }
    if (!has_more) await pause(following);
  }
}

/** The number of the newest event; 0 when there is none. */
export async function newestNumber(client: ApiClient): Promise<number> {
  const query = { before: Number.MAX_SAFE_INTEGER, limit: 1 };
  const { data } = await client.get<ListOf<Event>>('/v1/events', query);
  return data.at(-1)?.seq ?? 0;
}

async function pause({ signal, pollEveryMs = POLL_EVERY_MS }: Following): Promise<void> {
  try {
    await sleep(pollEveryMs, undefined, { signal });
  } catch {
    throw interrupted('go on where you were with --after');
  }
}
