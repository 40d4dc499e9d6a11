import { describe, expect, it } from 'vitest';
import { isPathOf, parseRequestPath } from './request-path.ts';

const ENDPOINT = 'fal-ai/wan/v2.2-a14b/video-to-video';

describe('parseRequestPath', () => {
  it.each([
    ['/fal-ai/wan/requests/r1', 'fal-ai/wan', 'result'],
    ['/fal-ai/wan/requests/r1/response', 'fal-ai/wan', 'result'],
    ['/fal-ai/wan/requests/r1/status', 'fal-ai/wan', 'status'],
    ['/fal-ai/wan/requests/r1/status/stream', 'fal-ai/wan', 'status-stream'],
    [`/${ENDPOINT}/requests/r1/cancel`, ENDPOINT, 'cancel'],
  ])('reads %s', (pathname, app, verb) => {
    expect(parseRequestPath(pathname)).toEqual({ app, requestId: 'r1', verb });
  });

  it.each(['/', '/fal-ai/wan', '/requests/r1', '/fal-ai/wan/requests/', '/fal-ai/wan/requests/r1/other'])(
    'refuses %s',
    (pathname) => {
      expect(parseRequestPath(pathname)).toBeUndefined();
    },
  );
});

describe('isPathOf', () => {
  it.each([
    ['fal-ai/wan', true],
    [ENDPOINT, true],
    ['fal-ai', false],
    ['fal-ai/flux', false],
    ['fal-ai/wan/v2.2-a14b', false],
  ])('of %s is %s', (app, expected) => {
    expect(isPathOf(app, ENDPOINT)).toBe(expected);
  });
});
