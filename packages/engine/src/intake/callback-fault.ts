/** Which callback URLs are refused at intake: those that a delivery would refuse by their text alone. */
import type { CallbackFault } from '@reelay/core';
import { checkUrl, PUBLIC_ONLY } from '@reelay/outbound';
import type { Context } from '../context.ts';

export function callbackFaultOf({ outbound = PUBLIC_ONLY }: Pick<Context, 'outbound'>): CallbackFault {
  return (url) => {
    const verdict = checkUrl(url, outbound);
    return verdict.kind === 'blocked' ? verdict.reason : null;
  };
}
