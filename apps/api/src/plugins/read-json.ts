import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { invalid } from '../error-map.ts';
import { jsonErrorPosition } from '../json-error-position.ts';
import { ProblemError } from '../problem-error.ts';
import { findUnstorable } from '../unstorable-text.ts';

/** JSON is the only body that ordinary routes take. An empty one counts as none, as many clients send it. */
export function readJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') return done(null, undefined);
    void parse(request, String(text), (error, body) => (error ? done(invalidJson(String(text))) : done(null, body)));
  });
  app.addHook('preValidation', async (request) => refuseUnstorable(request));
}

function refuseUnstorable(request: FastifyRequest): void {
  // Raw bytes are some route's own affair, and looking at each as at a member of an object would cost seconds.
  if (request.body instanceof Uint8Array) return;
  const isJson = request.headers['content-type']?.includes('json') ?? false;
  const found = findUnstorable(request.query) ?? (isJson ? findUnstorable(request.body) : null);
  if (found) throw invalid([found]);
}

function invalidJson(text: string): ProblemError {
  const position = jsonErrorPosition(text);
  if (isJson(text))
    return new ProblemError('invalid_json', 'the body holds a "__proto__" or "constructor" key; remove it');
  if (!position) return new ProblemError('invalid_json', 'the body is not valid JSON');
  const { line, column } = position;
  const message = `not valid JSON at line ${line}, column ${column}`;
  const errors = [{ line, column: String(column), code: 'invalid_json', message }];
  return new ProblemError('invalid_json', `the body is ${message}`, { errors });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
