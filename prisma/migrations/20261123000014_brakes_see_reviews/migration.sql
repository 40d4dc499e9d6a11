-- Brakes count jobs that wait for review as well: they are paid for, or may be, and have brought nothing so far.
DROP INDEX jobs_ended;
CREATE INDEX jobs_ended ON jobs (batch_id, least(review_at, finished_at)) WHERE status IN ('succeeded', 'failed', 'needs_review');
DROP INDEX attempts_wasted;
CREATE INDEX attempts_wasted ON attempts (batch_id) WHERE state IN ('failed', 'lost', 'accepted', 'unknown');
