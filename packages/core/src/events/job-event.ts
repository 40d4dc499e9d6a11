import type { JobStatus } from '../jobs/job-states.ts';
import type { EventType } from './event-types.ts';

/** What a project is told when one of its jobs comes to a status; null for those that a job only passes through. */
export function jobEventOf(status: JobStatus): Extract<EventType, `job.${string}`> | null {
  return status === 'queued' || status === 'active' ? null : `job.${status}`;
}
