/** Every code that a problem document can carry, with its status and title. Nothing else is ever sent. */
export const ERROR_CODES = {
  bad_request: { status: 400, title: 'The request cannot be read' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  unauthorized: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'The API key may not do this' },
  forged_webhook: { status: 401, title: 'The callback is not signed by fal for this account' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  invalid_state: { status: 409, title: 'Not possible in the present state' },
  outcome_unknown: { status: 409, title: 'The outcome of an attempt is not known yet' },
  idempotency_in_progress: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  too_large: { status: 413, title: 'Too large' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  validation_failed: { status: 422, title: 'The request is not valid' },
  invalid_file: { status: 422, title: 'The file cannot be read' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Not available at the moment' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
