/** The HTTP door in three stages: what every request passes, the routes, and the document that describes them. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import {
  type FastifyPluginAsyncZod,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { App, Door } from './app.ts';
import { parseQuery } from './parse-query.ts';
import { answerClientError, answerProblems, sendProblem } from './plugins/answer-problems.ts';
import { requireKey } from './plugins/authenticate.ts';
import { collectRoutes, serveDocs } from './plugins/document.ts';
import { logAnswers } from './plugins/log-answers.ts';
import { readJson } from './plugins/read-json.ts';
import { requireDatabase } from './plugins/require-database.ts';
import { postStopAll } from './routes/admin/stop-all.ts';
import * as apiKeys from './routes/api-keys/index.ts';
import * as batches from './routes/batches/index.ts';
import * as budgets from './routes/budgets/index.ts';
import { estimates } from './routes/estimates/create.ts';
import { getEvents } from './routes/events.ts';
import { getHealth } from './routes/health.ts';
import { falWebhook } from './routes/hooks/fal.ts';
import { imports } from './routes/imports/create.ts';
import { getIncidents } from './routes/incidents.ts';
import * as jobs from './routes/jobs/index.ts';
import { getLedger, getLedgerCsv } from './routes/ledger.ts';
import { getModels, getOneModel } from './routes/models.ts';
import { getSpend } from './routes/spend.ts';
import * as webhookEndpoints from './routes/webhook-endpoints/index.ts';

const LIMITS = {
  bodyLimit: 1024 * 1024,
  /** Without a byte in either direction a connection ends; an upload may take long as long as it moves. */
  connectionTimeout: 60_000,
  /** Counts from the request's first byte to its answer. Uploads and exports have their own. */
  handlerTimeout: 30_000,
  keepAliveTimeout: 72_000,
} as const;
const HEADERS_TIMEOUT_MS = 15_000;
const PARAM_LENGTH_MAX = 256;

export async function buildApp(door: Door, log: FastifyBaseLogger): Promise<App> {
  const app = makeServer(log);
  await passEveryRequest(app);
  await openRoutes(app, door);
  await serveDocs(app);
  return app;
}

function makeServer(log: FastifyBaseLogger): App {
  const app: App = Fastify({
    ...LIMITS,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    trustProxy: false,
    onProtoPoisoning: 'error',
    forceCloseConnections: 'idle',
    http: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 },
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX, querystringParser: parseQuery },
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler<z.core.$ZodType>((route) => {
    const validate = validatorCompiler(route);
    // Fastify says null where there is no body; schemas say undefined.
    return (data) => validate(route.httpPart === 'body' ? (data ?? undefined) : data);
  });
  app.setSerializerCompiler(serializerCompiler);
  return app;
}

async function passEveryRequest(app: App): Promise<void> {
  logAnswers(app);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  answerProblems(app);
  readJson(app);
  await collectRoutes(app);
}

async function openRoutes(app: App, door: Door): Promise<void> {
  getHealth(app, door);
  await app.register(onDatabase(door));
}

function onDatabase(door: Door): FastifyPluginAsyncZod {
  return async (scope) => {
    requireDatabase(scope, door);
    await scope.register(falWebhook(door));
    await scope.register(behindKey(door));
  };
}

function behindKey(door: Door): FastifyPluginAsyncZod {
  return async (scope) => {
    requireKey(scope, door);
    for (const room of [jobs, batches, budgets, webhookEndpoints, apiKeys])
      for (const open of Object.values(room)) open(scope, door);
    await scope.register(imports(door));
    await scope.register(estimates(door));
    getModels(scope);
    getOneModel(scope);
    getLedger(scope, door);
    getLedgerCsv(scope, door);
    getSpend(scope, door);
    getIncidents(scope, door);
    getEvents(scope, door);
    postStopAll(scope, door);
  };
}

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The client's own id when it is harmless, so that its logs and ours can be joined. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : `req_${randomUUID()}`;
}
