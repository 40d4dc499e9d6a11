/** Sends a planned load at its times and keeps what was promised for each part of it. */
import { pause } from '../wait.ts';
import type { Answered, Ask, Customer } from './customer.ts';
import type { Sending } from './plan-load.ts';

export interface Promised {
  readonly sending: Sending;
  readonly ask: Ask;
  /** Of the job or the batch. Null: nobody ever answered, or the answer was no promise. */
  readonly id: string | null;
  readonly status: number | null;
  readonly tries: number;
}

export type Customers = Readonly<Record<'own' | 'other', Customer>>;

export interface Load {
  readonly promised: readonly Promised[];
  /** Batches that were promised so far. */
  batchIds(): string[];
  jobIds(): string[];
  /** Sends more than was planned, at once. */
  sendMore(sendings: readonly Sending[]): Promise<void>;
  /** Every sending has its answer. */
  readonly done: Promise<void>;
}

export function sendLoad(plan: readonly Sending[], customers: Customers): Load {
  const promised: Promised[] = [];
  const startedAtMs = performance.now();
  const send = async (sending: Sending) => {
    const ask = askOf(sending);
    const answer = await customers[sending.tenant].ask(ask);
    promised.push({ sending, ask, ...promiseOf(answer) });
  };
  const ids = (isWanted: (sending: Sending) => boolean) =>
    promised.filter(({ sending }) => sending.tenant === 'own' && isWanted(sending)).flatMap(({ id }) => id ?? []);
  const sendAtItsTime = async (sending: Sending) => {
    await pause(Math.max(0, sending.atMs - (performance.now() - startedAtMs)));
    await send(sending);
  };
  return {
    promised,
    batchIds: () => ids(({ kind }) => kind !== 'job'),
    jobIds: () => ids(({ kind }) => kind === 'job'),
    sendMore: async (sendings) => void (await Promise.all(sendings.map(send))),
    done: Promise.all(plan.map(sendAtItsTime)).then(() => {}),
  };
}

function promiseOf(answer: Answered | null): Omit<Promised, 'sending' | 'ask'> {
  if (!answer) return { id: null, status: null, tries: 0 };
  const id = answer.status === 202 && typeof answer.body.id === 'string' ? answer.body.id : null;
  return { id, status: answer.status, tries: answer.tries };
}

function askOf(sending: Sending): Ask {
  const { key, body } = sending;
  switch (sending.kind) {
    case 'job':
      return { method: 'POST', path: '/v1/jobs', route: 'POST /v1/jobs', key, body };
    case 'rows':
      return { method: 'POST', path: '/v1/batches', route: 'POST /v1/batches', key, body };
    case 'file': {
      const path = `/v1/imports?mode=${sending.strict ? 'strict' : 'best_effort'}&name=${key}`;
      return { method: 'POST', path, route: 'POST /v1/imports', key, body, contentType: 'text/csv' };
    }
  }
}
