import { randomUUID } from 'node:crypto';

const INPUT = {
  video_url: 'https://media.example.com/clip.mp4',
  prompt: 'a watercolour of the same scene',
  num_frames: 81,
  resolution: '480p',
};
const HOOK_URL = 'https://example.com/hook';
const BODIES = {
  'POST /v1/jobs': { input: INPUT },
  'POST /v1/batches': { rows: [{ input: INPUT }] },
  'POST /v1/jobs/{id}/resolve': { action: 'fail' },
  'PATCH /v1/batches/{id}': { name: 'renamed' },
  'PUT /v1/budgets/{scope}': { limit: '5' },
  'POST /v1/api_keys': { name: 'another', scopes: ['jobs:read'] },
  'POST /v1/webhook_endpoints': { url: HOOK_URL },
  'PATCH /v1/webhook_endpoints/{id}': { description: 'renamed' },
  'POST /v1/webhook_endpoints/{id}/replay': { after: 0 },
};
const CSV = 'video_url,prompt\nhttps://media.example.com/1.mp4,x\n';

// What these answer they know without the database.
const NEEDS_NO_DATABASE = /^GET \/(healthz|v1\/models.*)$|^POST \/(hooks\/.*|v1\/estimates)$/;

// Every documented route that asks the database, with the ids of things that exist.
export async function struckRoutes(target) {
  const { paths } = await (await fetch(`${target.url}/openapi.json`)).json();
  const ids = {};
  for (const kind of ['jobs', 'batches', 'webhook_endpoints', 'api_keys'])
    ids[kind] = await create(target, `/v1/${kind}`);
  const fill = (path) => path.replace('{id}', ids[path.split('/')[2]]).replace('{scope}', 'project');
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((verb) => {
        const method = verb.toUpperCase();
        return { name: `${method} ${path}`, method, path: fill(path) };
      }),
    )
    .filter(({ name }) => !NEEDS_NO_DATABASE.test(name));
}

async function create(target, path) {
  const name = `POST ${path}`;
  const { status, text } = await askRoute(target, { name, method: 'POST', path });
  if (status !== 202 && status !== 201) throw new Error(`${name} answered ${status}: ${text}`);
  return JSON.parse(text).id;
}

export async function askRoute({ url, apiKey }, { name, method, path }) {
  const isUpload = name === 'POST /v1/imports';
  const body = isUpload ? CSV : JSON.stringify(BODIES[name]);
  const startedAt = performance.now();
  try {
    const response = await fetch(url + path, {
      method,
      body,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
        ...(body === undefined ? {} : { 'content-type': isUpload ? 'text/csv' : 'application/json' }),
      },
    });
    const text = await response.text();
    return { route: name, status: response.status, text, tookMs: performance.now() - startedAt };
  } catch (error) {
    return { route: name, status: `nothing: ${error.message}`, text: '', tookMs: performance.now() - startedAt };
  }
}
