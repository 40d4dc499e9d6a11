import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Harness, send, startHarness } from './harness.ts';

interface Operation {
  readonly summary?: string;
  readonly security?: unknown[];
  readonly parameters?: {
    readonly name: string;
    readonly in: string;
    readonly style?: string;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let harness: Harness;
let client: Client;
let document: Document;

beforeAll(async () => {
  harness = await startHarness();
  client = await harness.client();
  document = JSON.parse((await send(`${harness.url}/openapi.json`, null, {})).text);
});
afterAll(() => harness.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document that lists every route and no other', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(
      operations()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      'DELETE /v1/api_keys/{id}',
      'DELETE /v1/budgets/{scope}',
      'DELETE /v1/webhook_endpoints/{id}',
      'GET /healthz',
      'GET /readyz',
      'GET /v1/admin/incidents',
      'GET /v1/api_keys',
      'GET /v1/batches',
      'GET /v1/batches/{id}',
      'GET /v1/batches/{id}/errors',
      'GET /v1/batches/{id}/errors.csv',
      'GET /v1/batches/{id}/jobs',
      'GET /v1/batches/{id}/results',
      'GET /v1/batches/{id}/statement',
      'GET /v1/budgets',
      'GET /v1/budgets/{scope}',
      'GET /v1/events',
      'GET /v1/incidents',
      'GET /v1/jobs',
      'GET /v1/jobs/{id}',
      'GET /v1/jobs/{id}/attempts',
      'GET /v1/ledger',
      'GET /v1/ledger.csv',
      'GET /v1/models',
      'GET /v1/models/{id}',
      'GET /v1/spend',
      'GET /v1/webhook_endpoints',
      'GET /v1/webhook_endpoints/{id}',
      'GET /v1/webhook_endpoints/{id}/deliveries',
      'PATCH /v1/batches/{id}',
      'PATCH /v1/webhook_endpoints/{id}',
      'POST /hooks/fal/{attempt}/{token}',
      'POST /v1/admin/start-all',
      'POST /v1/admin/stop-all',
      'POST /v1/api_keys',
      'POST /v1/batches',
      'POST /v1/batches/{id}/cancel',
      'POST /v1/batches/{id}/confirm',
      'POST /v1/batches/{id}/pause',
      'POST /v1/batches/{id}/resume',
      'POST /v1/batches/{id}/retry',
      'POST /v1/estimates',
      'POST /v1/imports',
      'POST /v1/jobs',
      'POST /v1/jobs/{id}/cancel',
      'POST /v1/jobs/{id}/resolve',
      'POST /v1/jobs/{id}/retry',
      'POST /v1/webhook_endpoints',
      'POST /v1/webhook_endpoints/default_secret/rotate',
      'POST /v1/webhook_endpoints/{id}/replay',
      'POST /v1/webhook_endpoints/{id}/rotate_secret',
      'POST /v1/webhook_endpoints/{id}/test',
      'PUT /v1/budgets/{scope}',
    ]);
  });

  it('gives every operation a summary, a success and a problem', () => {
    const incomplete = operations().filter(({ name, operation }) => {
      const answers = Object.keys(operation.responses);
      const isHealth = name.endsWith('z');
      return (
        !operation.summary ||
        !answers.some((status) => status.startsWith('2')) ||
        !(isHealth || answers.includes('default'))
      );
    });

    expect(incomplete.map(({ name }) => name)).toEqual([]);
  });

  it('holds only schemas that are valid JSON Schema 2020-12, with references that resolve', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'openapi' });
    const schemas = operations().flatMap(({ operation }) => [
      ...(operation.parameters ?? []).map(({ schema }) => schema),
      ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
      ...Object.values(operation.responses).flatMap(({ content }) =>
        Object.values(content ?? {}).map(({ schema }) => schema),
      ),
    ]);

    for (const schema of [...schemas, ...Object.values(document.components.schemas)]) {
      ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')));
    }

    expect(schemas.length).toBeGreaterThan(60);
  });

  it('describes grouped query options, the open routes, and the file answers', () => {
    const operation = (name: string) => operations().find((one) => one.name === name)?.operation;

    expect(operation('POST /v1/imports')?.parameters).toContainEqual(
      expect.objectContaining({ name: 'defaults', in: 'query', style: 'deepObject' }),
    );
    expect(operation('GET /healthz')?.security).toEqual([]);
    expect(Object.keys(operation('GET /v1/batches/{id}/results')?.responses['200']?.content ?? {})).toEqual([
      'text/csv',
      'application/x-ndjson',
    ]);
  });

  it('describes what the API really answers', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'openapi' });
    const validate = ajv.compile({ $ref: 'openapi#/components/schemas/ModelList' });

    const { text } = await client.ask('/v1/models');

    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });
});

describe('GET /docs', () => {
  it('is a page that needs nothing from elsewhere', async () => {
    const page = await send(`${harness.url}/docs/`, null, {});

    expect(page.status).toBe(200);
    expect(page.text).toContain('swagger-ui');
    expect(page.text).not.toMatch(/(src|href)="https?:/);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});
