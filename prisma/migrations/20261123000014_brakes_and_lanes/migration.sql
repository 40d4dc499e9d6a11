-- Brakes count jobs that wait for review as well: they are paid for, or may be, and have brought nothing so far.
DROP INDEX jobs_ended;
CREATE INDEX jobs_ended ON jobs (batch_id, (least(review_at, finished_at))) WHERE status IN ('succeeded', 'failed', 'needs_review');
DROP INDEX attempts_wasted;
CREATE INDEX attempts_wasted ON attempts (batch_id) WHERE state IN ('failed', 'lost', 'accepted', 'unknown');

-- Single jobs lie in a lane for each key that asked for them: a key without money holds up its own only.
INSERT INTO lanes (id, project_id, weight)
SELECT DISTINCT project_id || '.' || api_key_id, project_id, 1 FROM jobs WHERE batch_id IS NULL AND api_key_id IS NOT NULL
ON CONFLICT (id) DO NOTHING;
UPDATE jobs SET lane_id = project_id || '.' || api_key_id WHERE batch_id IS NULL AND api_key_id IS NOT NULL;
