// Decides, when a request starts, how long it will run and how it will end. Depends on seed, input and ordinal alone, so
// a run repeated after a crash of the simulator ends as it would have.
import { drawUnit } from '../chance.ts';
import type { FaultDice } from '../faults/fault-dice.ts';
import { findModel } from '../models/catalogue.ts';
import { modelError } from '../models/error-detail.ts';
import type { ErrorDetail, ModelJob, OutputFile } from '../models/model.ts';
import type { SimRequest } from '../sim-request.ts';
import { drawRunTimeMs } from './draw-run-time.ts';

const VALIDATION_MS = 500;
const DOWNLOAD_MS = 3_000;
const SEED_MAX = 2 ** 31;

export interface RunEnd {
  readonly httpStatus: number;
  readonly body: unknown;
  readonly retryable: boolean | null;
}

export interface RunPlan {
  readonly job: ModelJob | null;
  readonly durationMs: number;
  readonly unitsFactor: number;
  readonly stuck: boolean;
  /** The runner is lost half-way; fal puts the request back into the queue. */
  readonly requeued: boolean;
  readonly end: RunEnd;
}

export interface RunTerms {
  readonly seed: number;
  readonly medianMs: number;
  readonly output: OutputFile;
}

export function planRun(request: SimRequest, dice: FaultDice, terms: RunTerms): RunPlan {
  const reading = findModel(request.endpoint)?.read(request.inputText);
  if (!reading || reading.kind === 'invalid') {
    const end = modelFailure(422, reading?.detail ?? [], false);
    return { job: null, durationMs: VALIDATION_MS, unitsFactor: 1, stuck: false, requeued: false, end };
  }
  const { job } = reading;
  const slow = dice.askOnce('run.slow', request);
  const runMs = drawRunTimeMs(terms.seed, request, terms.medianMs) * (slow?.amount ?? 1);
  const plan = {
    job,
    unitsFactor: dice.askOnce('run.units_factor', request)?.amount ?? 1,
    stuck: dice.askOnce('run.stuck', request) !== undefined,
    requeued: dice.askOnce('run.requeue', request) !== undefined,
  };
  const failure = drawFailure(request, job, dice, runMs);
  if (failure) return { ...plan, ...failure };
  const drawnSeed = Math.floor(drawUnit(terms.seed, 'output seed', request.inputSha256, request.ordinal) * SEED_MAX);
  const body = job.buildOutput(terms.output, drawnSeed);
  return { ...plan, durationMs: runMs, end: { httpStatus: 200, body, retryable: null } };
}

function drawFailure(
  request: SimRequest,
  job: ModelJob,
  dice: FaultDice,
  runMs: number,
): { durationMs: number; end: RunEnd } | undefined {
  if (!/^(https?:\/\/|data:)/.test(job.sourceUrl) || dice.askOnce('run.fail_422', request)) {
    const msg = 'Failed to download the file. Please check if the URL is accessible and try again.';
    const detail = modelError('file_download_error', msg, ['body', 'video_url'], { input: job.sourceUrl });
    return { durationMs: DOWNLOAD_MS, end: modelFailure(422, [detail], false) };
  }
  if (dice.askOnce('run.content_policy', request)) {
    const msg = 'The content could not be processed because it contained material flagged by a content checker.';
    const detail = modelError('content_policy_violation', msg, ['body', 'prompt']);
    return { durationMs: DOWNLOAD_MS, end: modelFailure(422, [detail], false) };
  }
  if (dice.askOnce('run.fail_500', request)) {
    const detail = modelError('internal_server_error', 'An internal server error occurred.');
    return { durationMs: runMs / 2, end: modelFailure(500, [detail], true) };
  }
  return undefined;
}

function modelFailure(httpStatus: number, detail: readonly ErrorDetail[], retryable: boolean): RunEnd {
  return { httpStatus, body: { detail }, retryable };
}
