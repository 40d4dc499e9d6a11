/** Every attempt that was ever unknown was adopted, refuted, or is shown to a person with what is known of it. */
import type { History } from '../history.ts';
import { sql } from '../sql.ts';
import { type Claim, claim, unless, unlessEmpty } from './claim.ts';

interface UnknownAttempt {
  readonly id: string;
  readonly job_id: string;
  readonly project_id: string;
  readonly state: string;
  readonly job_status: string;
  readonly request_id: string | null;
}

export interface UnknownFigures {
  readonly unknown: number;
  readonly adopted: number;
  readonly refuted: number;
  readonly inReview: number;
  readonly acceptedAtProvider: number;
}

const ADOPTED_SHARE_MIN = 0.99;
const ASKED_MAX = 300;

export async function checkUnknowns(history: History): Promise<Claim[]> {
  const unknown = await readUnknown(history);
  const rest = unknown.filter((each) => !isAdopted(each) && !isRefuted(each) && !isInReview(each));
  const figures = countUnknown(history, unknown);
  const found = new Set(history.ledger.flatMap(({ attempt }) => attempt ?? []));
  const missed = unknown.filter((each) => found.has(each.id) && !isAdopted(each));
  const share = 1 - missed.length / figures.acceptedAtProvider;
  return [
    claim(
      'I3',
      'every unknown attempt was adopted, refuted, or waits for a person',
      `${figures.unknown} unknown: ${figures.adopted} adopted, ${figures.refuted} refuted, ${figures.inReview} in review`,
      [
        ...unlessEmpty(unknown.length, 'unknown attempt'),
        ...rest.map(({ id, state, job_status }) => `${id} is ${state}, its job ${job_status}`),
      ],
    ),
    claim(
      'I3',
      'of the unknown ones that the provider had accepted at least 99 % were adopted',
      `${figures.acceptedAtProvider - missed.length} of ${figures.acceptedAtProvider}`,
      [
        ...unlessEmpty(figures.acceptedAtProvider, 'accepted one'),
        ...(share < ADOPTED_SHARE_MIN ? missed.map(({ id, state }) => `${id} is ${state}`) : []),
      ],
    ),
    await checkReadable(history, unknown),
  ];
}

export function readUnknown({ stage }: Pick<History, 'stage'>): Promise<UnknownAttempt[]> {
  return sql<UnknownAttempt>(
    stage.db,
    `SELECT a.id, a.job_id, a.project_id, a.state, a.request_id, j.status AS job_status
     FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE a.unknown_at IS NOT NULL ORDER BY a.id`,
  );
}

export function countUnknown({ ledger }: Pick<History, 'ledger'>, unknown: readonly UnknownAttempt[]): UnknownFigures {
  const found = new Set(ledger.flatMap(({ attempt }) => attempt ?? []));
  return {
    unknown: unknown.length,
    adopted: unknown.filter(isAdopted).length,
    refuted: unknown.filter(isRefuted).length,
    inReview: unknown.filter(isInReview).length,
    acceptedAtProvider: unknown.filter(({ id }) => found.has(id)).length,
  };
}

function isAdopted({ request_id }: UnknownAttempt): boolean {
  return request_id !== null;
}

/** Declared lost, or proven unsent by its own sender. */
function isRefuted({ state }: UnknownAttempt): boolean {
  return state === 'lost' || state === 'refused';
}

function isInReview({ state, job_status }: UnknownAttempt): boolean {
  return state === 'unknown' && job_status === 'needs_review';
}

async function checkReadable({ stage, customers }: History, unknown: readonly UnknownAttempt[]): Promise<Claim> {
  const offenders: string[] = [];
  const asked = unknown.slice(0, ASKED_MAX);
  for (const { id, job_id, project_id } of asked) {
    const customer = project_id === stage.tenant.projectId ? customers.own : customers.other;
    const path = `/v1/jobs/${job_id}/attempts`;
    const answer = await customer.ask({ method: 'GET', path, route: 'GET /v1/jobs/{id}/attempts' });
    offenders.push(...unless(showsEvidence(answer?.body.data, id), `${id} of ${job_id}: ${answer?.status}`));
  }
  return claim('I3', 'what is known of an unknown attempt can be read in the API', `${asked.length} read`, offenders);
}

function showsEvidence(data: unknown, id: string): boolean {
  if (!Array.isArray(data)) return false;
  const attempt = data.find((each: { id?: unknown }) => each.id === id) as Record<string, unknown> | undefined;
  return typeof attempt?.unknown_at === 'string' && Array.isArray(attempt.evidence) && attempt.evidence.length > 0;
}
