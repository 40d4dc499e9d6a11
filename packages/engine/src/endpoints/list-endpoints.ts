/** A project's endpoints, newest first. */
import type { EndpointKind } from '@reelay/core';
import { type Page, readEndpoint, readEndpoints, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { type ListView, listView } from '../reads/views.ts';
import { type EndpointView, endpointView } from './endpoint-view.ts';

export interface EndpointQuery {
  readonly projectId: string;
  readonly kind: EndpointKind;
  readonly page: Page;
}

export async function listEndpoints(
  context: Pick<Context, 'db'>,
  { projectId, kind, page }: EndpointQuery,
): Promise<ListView<EndpointView>> {
  return listView(await readEndpoints(context.db.prisma, projectId, kind, page), endpointView, ({ id }) => id);
}

export interface EndpointTarget {
  readonly projectId: string;
  readonly endpointId: string;
}

/** Null when the project has no such endpoint, or has deleted it. */
export async function getEndpoint(
  context: Pick<Context, 'db'>,
  { projectId, endpointId }: EndpointTarget,
  tx: Tx = context.db.prisma,
): Promise<EndpointView | null> {
  const row = await readEndpoint(tx, projectId, endpointId);
  return row === null ? null : endpointView(row);
}
