import type { FailureKind } from '@reelay/core';
import { describe, expect, it } from 'vitest';
import { makeAnswer } from '../test/support/make-answer.ts';
import type { ResultOutcome } from './fal.ts';
import { classifyResult } from './result.ts';

const NOBODY_SAID = { saidFailed: false };
const SAID_FAILED = { saidFailed: true };

function classify(
  answer: { status: number; body: unknown; headers?: Record<string, string> },
  hint = NOBODY_SAID,
): ResultOutcome {
  return classifyResult(makeAnswer(answer.status, answer.body, answer.headers), hint, [], 0);
}

const HTML = '<html><h1>502 Bad Gateway</h1></html>';

describe('an answer with an output', () => {
  const body = { video: { url: 'https://v3b.fal.media/files/b/1/x.mp4' }, seed: 1 };

  it('has succeeded, with the units that fal bills', () => {
    expect(classify({ status: 200, body, headers: { 'x-fal-billable-units': '5.0625' } })).toEqual({
      kind: 'succeeded',
      output: body,
      billableUnits: '5.0625',
    });
  });

  it.each(['', 'NaN', '-1', '5,5', '1'.repeat(40)])('ignores units that read %o', (units) => {
    const outcome = classify({ status: 200, body, headers: { 'x-fal-billable-units': units } });

    expect(outcome).toMatchObject({ kind: 'succeeded', billableUnits: null });
  });

  it.each(['[]', 'null', '"ok"', '', '{"video":', HTML])('%o with 200 is no output: ask again', (text) => {
    expect(classify({ status: 200, body: text }, SAID_FAILED).kind).toBe('unavailable');
  });

  it('that we cut off is asked for again, whatever the status', () => {
    const cut = { status: 422, header: () => null, body: { kind: 'cut', because: 'broken' } } as const;

    expect(classifyResult(cut, SAID_FAILED, [], 0).kind).toBe('unavailable');
  });
});

describe('an answer that leaves the outcome open', () => {
  it.each([400, 202])('%i that says "in progress" is not finished, even when somebody said it failed', (status) => {
    expect(classify({ status, body: { detail: 'Request is still in progress' } }, SAID_FAILED).kind).toBe(
      'not_finished',
    );
  });

  it.each([NOBODY_SAID, SAID_FAILED])('404 is gone', (hint) => {
    expect(classify({ status: 404, body: { status: 'NOT_FOUND' } }, hint).kind).toBe('gone');
  });

  it.each<[number, unknown, FailureKind]>([
    [401, { detail: 'invalid key credentials' }, 'bad_credentials'],
    [403, { detail: 'Forbidden' }, 'bad_credentials'],
    [403, { detail: 'User is locked. Reason: Exhausted balance.' }, 'account_locked'],
    [429, { detail: 'slow down' }, 'rate_limited'],
  ])('%i speaks of us and not of the run, even when somebody said it failed', (status, body, kind) => {
    expect(classify({ status, body }, SAID_FAILED)).toMatchObject({ kind: 'unavailable', failure: { kind } });
  });

  it.each([301, 307, 408, 409, 500, 502, 503, 504])('a bare %i is asked again', (status) => {
    expect(classify({ status, body: HTML })).toMatchObject({
      kind: 'unavailable',
      failure: { kind: 'provider_unavailable' },
    });
    expect(classify({ status, body: { detail: 'Gateway timeout' } }).kind).toBe('unavailable');
  });

  it.each([500, 502, 503, 504])('an HTML %i is asked again even when somebody said that the run failed', (status) => {
    expect(classify({ status, body: HTML }, SAID_FAILED).kind).toBe('unavailable');
    expect(classify({ status, body: '' }, SAID_FAILED).kind).toBe('unavailable');
  });
});

describe("a run's own verdict", () => {
  const detail = (type: string) => ({ detail: [{ loc: ['body', 'video_url'], msg: 'no', type }] });

  it.each<[string, FailureKind]>([
    ['content_policy_violation', 'content_refused'],
    ['file_download_error', 'media_unreachable'],
    ['image_load_error', 'media_unreachable'],
    ['no_media_generated', 'run_rejected'],
    ['video_duration_too_long', 'invalid_input'],
    ['missing', 'invalid_input'],
    ['literal_error', 'invalid_input'],
  ])('422 with %s is %s', (type, kind) => {
    expect(classify({ status: 422, body: detail(type) })).toMatchObject({
      kind: 'failed',
      httpStatus: 422,
      failure: { kind, provider: { status: 422, type, message: 'video_url: no' } },
    });
  });

  it.each([{ detail: 'no' }, { detail: [] }, { detail: [{ msg: 'x', type: 'new_type' }] }])(
    'any other 422 is run_rejected',
    (body) => {
      expect(classify({ status: 422, body })).toMatchObject({ kind: 'failed', failure: { kind: 'run_rejected' } });
    },
  );

  it('422 keeps the units that decide whether it is charged', () => {
    const headers = { 'x-fal-billable-units': '0' };

    expect(classify({ status: 422, body: detail('missing'), headers })).toMatchObject({ billableUnits: '0' });
  });

  it('499 is a cancellation that we asked for', () => {
    expect(classify({ status: 499, body: '' })).toMatchObject({ failure: { kind: 'cancelled_by_request' } });
  });

  it('504 by our own start timeout is start_timeout', () => {
    const headers = { 'x-fal-request-timeout-type': 'user' };

    expect(classify({ status: 504, body: '', headers })).toMatchObject({ failure: { kind: 'start_timeout' } });
  });

  it.each<[number, string, FailureKind]>([
    [500, 'internal_server_error', 'model_error'],
    [400, 'downstream_service_error', 'model_error'],
    [500, 'internal_error', 'infrastructure_error'],
    [504, 'generation_timeout', 'run_timeout'],
    [504, 'request_timeout', 'run_timeout'],
    [503, 'runner_disconnected', 'infrastructure_error'],
    [502, 'runner_incomplete_response', 'infrastructure_error'],
    [400, 'bad_request', 'run_rejected'],
    [500, 'something_new', 'model_error'],
    [503, 'something_new', 'infrastructure_error'],
    [504, 'something_new', 'run_timeout'],
  ])('%i with type %s is %s, wherever fal puts the type', (status, type, kind) => {
    const failed = { kind: 'failed', failure: { kind } };

    expect(classify({ status, body: { detail: 'no', error_type: type } })).toMatchObject(failed);
    expect(classify({ status, body: '', headers: { 'x-fal-error-type': type } })).toMatchObject(failed);
    expect(classify({ status, body: detail(type) })).toMatchObject(failed);
  });

  it.each([
    ['false', false],
    ['true', true],
  ])('X-Fal-Retryable: %s alone makes a 500 final and is passed on', (value, providerSaysRetryable) => {
    expect(classify({ status: 500, body: '', headers: { 'x-fal-retryable': value } })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'model_error', providerSaysRetryable },
    });
  });

  it('a JSON 500 is final once somebody said that the run failed', () => {
    expect(classify({ status: 500, body: { detail: 'Internal Server Error' } }, SAID_FAILED)).toMatchObject({
      kind: 'failed',
      failure: { kind: 'model_error' },
    });
  });
});
