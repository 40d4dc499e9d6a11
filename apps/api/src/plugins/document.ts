import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from '../app.ts';

const TITLE = 'Reelay';
const DESCRIPTION =
  'Runs large batches of paid video-to-video jobs on fal. Errors are application/problem+json; money is a decimal string in US dollars; null means not known.';

/** Collects the routes that are registered after it. */
export async function collectRoutes(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: TITLE, version: '1', description: DESCRIPTION },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' } } },
      security: [{ bearer: [] }],
    },
    transform: (route) => jsonSchemaTransform(withNamedWildcard(route)),
    transformObject: (document) => withDeepObjects(jsonSchemaTransformObject(document)),
  });
}

/** GET /openapi.json, and /docs to read it: everything is served from here, so it works without the internet. */
export async function serveDocs(app: App): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, uiConfig: { docExpansion: 'list' } });
}

type Route = Parameters<typeof jsonSchemaTransform>[0];

/** Model ids contain slashes, so their route ends in a wildcard; OpenAPI calls it by a name. */
function withNamedWildcard(route: Route): Route {
  if (!route.url.endsWith('/*')) return route;
  const schema = { ...route.schema, params: z.object({ id: z.string() }) };
  return { ...route, url: `${route.url.slice(0, -1)}:id`, schema };
}

type Document = ReturnType<typeof jsonSchemaTransformObject>;

/** `defaults[resolution]=480p` is what OpenAPI calls deepObject. */
function withDeepObjects(document: Document): Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path ?? {})) markDeepObjects(operation);
  }
  return document;
}

function markDeepObjects(operation: unknown): void {
  if (typeof operation !== 'object' || operation === null || !('parameters' in operation)) return;
  for (const parameter of Array.isArray(operation.parameters) ? operation.parameters : []) {
    if (parameter.in === 'query' && parameter.schema?.type === 'object') {
      Object.assign(parameter, { style: 'deepObject', explode: true });
    }
  }
}
