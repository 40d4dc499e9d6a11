/** One question (status, result, cancel) to fal through the vendor's client, without its retries. */
import type { FalClient } from '@fal-ai/client';
import { checkEndpointId, checkId } from './ids.ts';
import type { Reader, ReadOutcome } from './wire/read-once.ts';
import { throughVendorClient, type VendorAccess } from './wire/vendor-client.ts';

export interface AskContext extends VendorAccess {
  readonly reader: Reader;
  readonly readMs: number;
  readonly secrets: readonly string[];
}

export interface RequestRef {
  readonly endpointId: string;
  readonly requestId: string;
}

const ANSWER_BYTES_MAX = 1024 * 1024;

type Question = (
  queue: FalClient['queue'],
  options: { requestId: string; abortSignal: AbortSignal },
) => Promise<unknown>;

export async function ask(context: AskContext, request: RequestRef, question: Question): Promise<ReadOutcome> {
  checkEndpointId(request.endpointId);
  checkId('request id', request.requestId);
  const options = { requestId: request.requestId, abortSignal: AbortSignal.timeout(context.readMs) };
  return throughVendorClient(
    context,
    (wire) => context.reader.read(wire, ANSWER_BYTES_MAX),
    (queue) => question(queue, options),
  );
}
