/** What a project is told of an endpoint of its own, through its log and its other endpoints. */
import type { EventType } from '@reelay/core';
import { appendEvent, type EndpointHealth, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';

type EndpointEvent = Extract<EventType, `endpoint.${string}`>;

export async function tellOfEndpoint(
  context: Pick<Context, 'now' | 'log'>,
  tx: Tx,
  { type, endpoint, more = {} }: { type: EndpointEvent; endpoint: EndpointSubject; more?: object },
): Promise<string> {
  const { id: endpointId, project_id: projectId, url, kind } = endpoint;
  if (type !== 'endpoint.test') context.log.warn({ endpointId, projectId, ...more }, type);
  const id = newId(context, 'event');
  const data = { id: endpointId, object: 'webhook_endpoint', kind, url, ...more };
  await appendEvent(tx, { id, projectId, type, subjectId: endpointId, data });
  return id;
}

type EndpointSubject = Pick<EndpointHealth, 'id' | 'project_id' | 'url' | 'kind'>;
