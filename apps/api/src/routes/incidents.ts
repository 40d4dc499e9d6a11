import { incidentListSchema, listIncidentsQuerySchema } from '@reelay/contract';
import { listIncidents } from '@reelay/engine';
import type { App, Door } from '../app.ts';
import { problems } from './answers.ts';
import { pageOf } from './page.ts';

/** A project's own, and under /admin those of the deployment; nobody sees another project's. */
export function getIncidents(app: App, { context }: Door): void {
  const answer = { querystring: listIncidentsQuerySchema, response: { 200: incidentListSchema, ...problems } };
  const own = { summary: "List what a person should look at about the project's money, newest first", tags: ['money'] };
  app.get('/v1/incidents', { schema: { ...own, ...answer } }, ({ caller, query }) =>
    listIncidents(context, { projectId: caller.projectId, page: pageOf(query) }),
  );
  const all = { summary: 'List what is to be looked at in the whole deployment, newest first', tags: ['admin'] };
  app.get('/v1/admin/incidents', { schema: { ...all, ...answer } }, ({ query }) =>
    listIncidents(context, { projectId: null, page: pageOf(query) }),
  );
}
