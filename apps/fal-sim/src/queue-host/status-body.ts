import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { addressesOf } from './answer.ts';
import { runLogs } from './run-logs.ts';

/** What fal says about a request; there is no status for failure, a failed request is COMPLETED as well. */
export function buildStatus(world: World, request: SimRequest, withLogs: boolean): { code: 200 | 202; body: object } {
  const addresses = addressesOf(request, world.settings.publicUrl);
  const common = { request_id: request.id, ...addresses };
  const { outcome } = request;
  const logs = withLogs ? { logs: runLogs(request, world.clock.nowMs(), world.settings.speed) } : {};
  if (outcome) {
    const failure = outcome.errorType === null ? {} : { error: detailOf(outcome.body), error_type: outcome.errorType };
    const seconds = outcome.inferenceMs === null ? null : Math.round(outcome.inferenceMs) / 1_000;
    const metrics = { inference_time: seconds };
    return { code: 200, body: { status: 'COMPLETED', ...common, ...logs, metrics, ...failure } };
  }
  if (request.state === 'running') return { code: 202, body: { status: 'IN_PROGRESS', ...common, ...logs } };
  return {
    code: 202,
    body: { status: 'IN_QUEUE', ...common, queue_position: world.runner.queuePosition(request) },
  };
}

function detailOf(body: string): string {
  const { detail } = JSON.parse(body) as { detail: string };
  return detail;
}
