/** The event log. An event is written in the transaction of the change that it tells of, so neither is without the other. */
import type { Tx } from './client.ts';

export interface NewEvent {
  readonly id: string;
  readonly projectId: string;
  readonly type: string;
  /** What it is about: a batch, a job, a budget's scope. */
  readonly subjectId: string;
  readonly body: object;
}

export async function appendEvent(tx: Tx, event: NewEvent): Promise<void> {
  const { id, projectId, type, subjectId, body } = event;
  await tx.$executeRaw`
    INSERT INTO events (id, project_id, type, subject_id, body)
    VALUES (${id}, ${projectId}, ${type}, ${subjectId}, ${JSON.stringify(body)})`;
}
