/**
 * The one table of what a failed run's answer means, by fal's error type, else by status. It also decides whether an
 * error answer is the run's verdict at all: a gateway in trouble answers 5xx too, and that says nothing about the run.
 */
import type { Failure, FailureKind } from '@reelay/core';
import { isRecord, type ProviderWords, quoteProvider } from './provider-words.ts';
import type { Answer } from './wire/answer.ts';

type RunFailureKind = Extract<
  FailureKind,
  | 'model_error'
  | 'infrastructure_error'
  | 'run_timeout'
  | 'start_timeout'
  | 'invalid_input'
  | 'content_refused'
  | 'media_unreachable'
  | 'run_rejected'
  | 'cancelled_by_request'
>;

const BY_ERROR_TYPE: ReadonlyMap<string, RunFailureKind> = new Map<string, RunFailureKind>([
  ['internal_server_error', 'model_error'],
  ['downstream_service_error', 'model_error'],
  ['downstream_service_unavailable', 'model_error'],
  ['generation_timeout', 'run_timeout'],
  ['request_timeout', 'run_timeout'],
  ['startup_timeout', 'infrastructure_error'],
  ['internal_error', 'infrastructure_error'],
  ['runner_scheduling_failure', 'infrastructure_error'],
  ['runner_connection_timeout', 'infrastructure_error'],
  ['runner_connection_refused', 'infrastructure_error'],
  ['runner_connection_error', 'infrastructure_error'],
  ['runner_disconnected', 'infrastructure_error'],
  ['runner_incomplete_response', 'infrastructure_error'],
  ['runner_server_error', 'infrastructure_error'],
  ['client_disconnected', 'cancelled_by_request'],
  ['client_cancelled', 'cancelled_by_request'],
  ['bad_request', 'run_rejected'],
  ['content_policy_violation', 'content_refused'],
  ['file_download_error', 'media_unreachable'],
  ['image_load_error', 'media_unreachable'],
  ['no_media_generated', 'run_rejected'],
  ['face_detection_error', 'run_rejected'],
  ['feature_not_supported', 'invalid_input'],
  ['file_too_large', 'invalid_input'],
  ['image_too_small', 'invalid_input'],
  ['image_too_large', 'invalid_input'],
  ['invalid_archive', 'invalid_input'],
  ['archive_file_count_below_minimum', 'invalid_input'],
  ['archive_file_count_exceeds_maximum', 'invalid_input'],
  ['audio_duration_too_long', 'invalid_input'],
  ['audio_duration_too_short', 'invalid_input'],
  ['video_duration_too_long', 'invalid_input'],
  ['video_duration_too_short', 'invalid_input'],
  ['unsupported_audio_format', 'invalid_input'],
  ['unsupported_image_format', 'invalid_input'],
  ['unsupported_video_format', 'invalid_input'],
]);

const SENTENCES: Record<RunFailureKind, string> = {
  model_error: 'the model failed while running',
  infrastructure_error: "fal's runner failed; the model is not to blame",
  run_timeout: 'the run took longer than fal allows',
  start_timeout: 'fal did not start the request in time and dropped it unpaid',
  invalid_input: 'the model refuses the input; correct it and submit again',
  content_refused: "the content was refused by the model's safety check",
  media_unreachable: 'fal could not load the source media; check that its URL is public and has not expired',
  run_rejected: 'the model rejected the request',
  cancelled_by_request: 'the request was cancelled while it ran',
};

/** fal's own marks: they come from the model or its runner, never from a gateway in front of them. */
export function isVerdict(answer: Answer, words: ProviderWords, saidFailed: boolean): boolean {
  if (answer.status === 422 || answer.status === 499) return true;
  if (isStartTimeout(answer)) return true;
  if (answer.header('x-fal-error-type') !== null || answer.header('x-fal-retryable') !== null) return true;
  if (words.details.length > 0 || words.errorType !== null) return true;
  return saidFailed && isRecord(words.json);
}

export function runFailure(answer: Answer, words: ProviderWords): Failure {
  const kind = kindOf(answer, words);
  const saysRetryable = answer.header('x-fal-retryable')?.trim().toLowerCase();
  return {
    kind,
    message: words.message === null ? `${SENTENCES[kind]} (${answer.status})` : `${SENTENCES[kind]}: ${words.message}`,
    provider: quoteProvider(answer, words),
    ...(saysRetryable === 'true' || saysRetryable === 'false'
      ? { providerSaysRetryable: saysRetryable === 'true' }
      : {}),
  };
}

function isStartTimeout(answer: Answer): boolean {
  return answer.status === 504 && answer.header('x-fal-request-timeout-type')?.trim().toLowerCase() === 'user';
}

function kindOf(answer: Answer, words: ProviderWords): RunFailureKind {
  if (isStartTimeout(answer)) return 'start_timeout';
  if (answer.status === 499) return 'cancelled_by_request';
  return BY_ERROR_TYPE.get(words.errorType ?? '') ?? kindByStatus(answer.status, words);
}

function kindByStatus(status: number, words: ProviderWords): RunFailureKind {
  if (status === 504) return 'run_timeout';
  if (status === 502 || status === 503) return 'infrastructure_error';
  if (status >= 500) return 'model_error';
  // Pydantic's many types (missing, literal_error, float_parsing…) all name the field they dislike.
  const namesField = words.details.some((detail) => detail.location[0] === 'body' && detail.location.length > 1);
  return status === 422 && namesField ? 'invalid_input' : 'run_rejected';
}
