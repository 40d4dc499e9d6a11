/**
 * What the event log owes: rows of `offender` for jobs and batches that came to a status which is told of and were not, or
 * not with this run, and for a run whose end was told twice. None where every change wrote its event.
 */
export const UNTOLD_CHANGES = `
  WITH told AS (
    SELECT subject_id, type, (body::jsonb #>> '{data,run}')::int AS run, count(*) AS times FROM events
    WHERE type LIKE 'job.%' GROUP BY 1, 2, 3
  )
  SELECT concat('job ', j.id, ', run ', j.run, ', is ', j.status, ' and nobody was told') AS offender FROM jobs j
  WHERE j.status NOT IN ('queued', 'active') AND NOT EXISTS (
    SELECT 1 FROM told t WHERE t.subject_id = j.id AND t.type = 'job.' || j.status AND t.run = j.run)
  UNION ALL
  SELECT concat('job ', subject_id, ', run ', run, ', ended ', sum(times), ' times: ', string_agg(type, ', ')) FROM told
  WHERE type <> 'job.needs_review' GROUP BY subject_id, run HAVING sum(times) > 1
  UNION ALL
  SELECT concat('batch ', b.id, ' is ', b.state, ' and nobody was told') FROM batches b
  WHERE b.state IN ('completed', 'cancelled', 'failed') AND NOT EXISTS (
    SELECT 1 FROM events e WHERE e.subject_id = b.id AND e.type = 'batch.' || b.state)`;
