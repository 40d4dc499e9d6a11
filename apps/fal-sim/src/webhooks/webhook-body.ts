import type { Outcome, SimRequest } from '../sim-request.ts';

const NOT_SERIALIZABLE =
  'Response payload is not JSON serializable. Either return a JSON serializable object or use the queue endpoint to retrieve the response.';

export function buildWebhookBody(request: SimRequest, outcome: Outcome, options: { payloadNull: boolean }): string {
  const ids = { request_id: request.id, gateway_request_id: request.gatewayRequestId };
  if (options.payloadNull) {
    return JSON.stringify({ ...ids, status: 'OK', payload: null, payload_error: NOT_SERIALIZABLE });
  }
  const payload: unknown = JSON.parse(outcome.body);
  if (outcome.httpStatus < 300) return JSON.stringify({ ...ids, status: 'OK', payload });
  return JSON.stringify({ ...ids, status: 'ERROR', error: `Invalid status code: ${outcome.httpStatus}`, payload });
}

/** A lie about the outcome, for callbacks that must not be believed: a success becomes an error, an error a success. */
export function buildForgedBody(request: SimRequest, outcome: Outcome): string {
  const ids = { request_id: request.id, gateway_request_id: request.gatewayRequestId };
  if (outcome.httpStatus < 300) {
    const detail = [{ loc: ['body'], msg: 'forged', type: 'internal_server_error' }];
    return JSON.stringify({ ...ids, status: 'ERROR', error: 'Invalid status code: 500', payload: { detail } });
  }
  const video = { url: `${request.baseUrl}/files/b/forged/forged.mp4`, content_type: 'video/mp4' };
  return JSON.stringify({ ...ids, status: 'OK', payload: { video, seed: 0 } });
}
