import { classOf, type Failure } from '@reelay/core';

/** What a job says of its failure: the API's `error` object. */
export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly billed: 'no' | 'maybe' | 'yes';
  readonly provider?: NonNullable<Failure['provider']>;
}

export function jobError(failure: Failure): JobError {
  const { retryable, billed } = classOf(failure);
  return {
    code: failure.kind,
    message: failure.message,
    retryable,
    billed,
    ...(failure.provider === undefined ? {} : { provider: failure.provider }),
  };
}
