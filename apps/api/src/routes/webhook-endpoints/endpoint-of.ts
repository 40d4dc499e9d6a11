import { isId } from '@reelay/core';
import { ALL_EVENTS, type Caller } from '@reelay/engine';
import { notFound } from '../../error-map.ts';

export const noEndpoint = () => notFound('webhook endpoint');

export function endpointOf(caller: Caller, params: { readonly id: string }) {
  if (!isId('endpoint', params.id)) throw noEndpoint();
  return { projectId: caller.projectId, endpointId: params.id };
}

/** Types as the verbs take them: none means all. */
export function eventTypesOf(asked: readonly string[] | undefined): readonly string[] | undefined {
  return asked?.includes(ALL_EVENTS) ? [] : asked && [...new Set(asked)];
}

export function intervalMsOf(seconds: number | null | undefined): number | null | undefined {
  return typeof seconds === 'number' ? seconds * 1000 : seconds;
}
