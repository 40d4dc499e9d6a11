/** I10: what belongs to one project is seen and counted in that project alone. */
import type { History } from '../history.ts';
import { offendersOf, sql } from '../sql.ts';
import { type Claim, claim } from './claim.ts';

const ASKED = 5;

export async function checkTenants(history: History): Promise<Claim[]> {
  const { stage } = history;
  const mixed = await offendersOf(
    stage.db,
    `SELECT concat(a.id, ' of ', a.project_id, ', its job of ', j.project_id) AS offender
     FROM attempts a JOIN jobs j ON j.id = a.job_id LEFT JOIN batches b ON b.id = j.batch_id
     WHERE a.project_id <> j.project_id OR b.project_id <> j.project_id
     UNION ALL
     SELECT concat('entry ', e.id, ' of ', e.project_id) FROM ledger_entries e JOIN attempts a ON a.id = e.attempt_id
     WHERE e.project_id <> a.project_id`,
  );
  return [
    claim('I10', 'jobs, attempts and ledger entries are of the project that sent them', await counts(history), [
      ...mixed,
      ...(await wrongOwners(history)),
    ]),
    await checkDoor(history),
  ];
}

async function counts({ stage }: History): Promise<string> {
  const rows = await sql<{ count: number }>(
    stage.db,
    'SELECT count(*)::int AS count FROM jobs GROUP BY project_id ORDER BY 1 DESC',
  );
  return `${rows.map(({ count }) => count).join(' and ')} jobs`;
}

async function wrongOwners({ stage, load }: History): Promise<string[]> {
  const rows = await sql<{ id: string; project_id: string }>(
    stage.db,
    'SELECT id, project_id FROM jobs WHERE batch_id IS NULL UNION ALL SELECT id, project_id FROM batches',
  );
  const owner = new Map(rows.map(({ id, project_id }) => [id, project_id]));
  return load.promised.flatMap(({ id, sending }) => {
    const { projectId } = sending.tenant === 'own' ? stage.tenant : stage.otherTenant;
    return id === null || owner.get(id) === projectId ? [] : [`${sending.key}: ${id} is of ${owner.get(id)}`];
  });
}

async function checkDoor({ load, customers }: History): Promise<Claim> {
  const offenders: string[] = [];
  for (const tenant of ['own', 'other'] as const) {
    const strange = customers[tenant === 'own' ? 'other' : 'own'];
    const jobs = load.promised.filter(({ sending, id }) => sending.kind === 'job' && sending.tenant === tenant && id);
    for (const { id } of jobs.slice(0, ASKED)) {
      const answer = await strange.ask({ method: 'GET', path: `/v1/jobs/${id}`, route: 'GET /v1/jobs/{id}' });
      if (answer?.status !== 404) offenders.push(`${id} is shown to another project (${answer?.status})`);
    }
  }
  return claim('I10', 'a job of another project is not found', '', offenders);
}
