/** Incidents, newest first: those of a project, or those of the deployment. */
import { type IncidentRow, type Page, readIncidents } from '@reelay/db';
import type { Context } from '../context.ts';
import { type ListView, listView, maybeTime, record, time } from './views.ts';

export interface IncidentQuery {
  /** Null: those that belong to no project. */
  readonly projectId: string | null;
  readonly page: Page;
}

export async function listIncidents(
  context: Pick<Context, 'db'>,
  { projectId, page }: IncidentQuery,
): Promise<ListView<IncidentView>> {
  return listView(await readIncidents(context.db.prisma, projectId, page), incidentView, ({ id }) => id);
}

function incidentView(incident: IncidentRow) {
  return {
    id: incident.id,
    object: 'incident' as const,
    kind: incident.kind,
    attempt_id: incident.attempt_id,
    fal_request_id: incident.request_id,
    message: incident.message,
    detail: record(incident.detail),
    raised_at: time(incident.raised_at),
    closed_at: maybeTime(incident.closed_at),
  };
}

export type IncidentView = ReturnType<typeof incidentView>;
