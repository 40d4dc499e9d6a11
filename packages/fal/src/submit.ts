/** Sends a paid request to fal exactly once and says what is known of it: accepted, refused, or unknown. */
import type { SubmitOutcome, SubmitRequest } from './fal.ts';
import { checkEndpointId, checkId } from './ids.ts';
import { classifySubmit } from './submit-failure.ts';
import { postOnce } from './wire/post-once.ts';
import { throughVendorClient, type VendorAccess } from './wire/vendor-client.ts';

export interface SubmitContext extends VendorAccess {
  readonly submitMs: number;
  readonly webhookUrl: string | null;
  /** Blanked wherever fal echoes them. */
  readonly secrets: readonly string[];
}

export async function submit(context: SubmitContext, request: SubmitRequest): Promise<SubmitOutcome> {
  checkEndpointId(request.endpointId);
  const headers = submitHeaders(request);
  const mayStillSend = request.mayStillSend ?? (() => true);
  const outcome = await throughVendorClient(
    context,
    (wire) => postOnce(wire, mayStillSend),
    (queue) =>
      queue.submit(request.endpointId, {
        input: request.input,
        headers,
        // The deprecated name of the same header; the client sends no other.
        startTimeout: request.startTimeoutSeconds,
        abortSignal: AbortSignal.timeout(context.submitMs),
        ...(context.webhookUrl === null ? {} : { webhookUrl: context.webhookUrl }),
      }),
  );
  return classifySubmit(outcome, context.secrets, Date.now());
}

function submitHeaders(request: SubmitRequest): Record<string, string> {
  checkId('attempt id', request.attemptId);
  checkId('job id', request.jobId);
  return {
    'X-Fal-Request-Start-Timeout': String(request.startTimeoutSeconds),
    // Without the stored input and output an orphan can't be found and a result lives for minutes.
    'X-Fal-Store-IO': '1',
    'X-Fal-Tags': `job=${request.jobId},attempt=${request.attemptId}`,
    // A fallback is another model at another price.
    'x-app-fal-disable-fallback': 'true',
  };
}
