import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { wantsLogs } from './status.ts';
import { buildStatus } from './status-body.ts';

/** Keeps the connection of a long wait alive: clients give up after minutes without a byte. */
const PING_EVERY_MS = 30_000;

/** Server-sent events: the status now and after every change, until the request is completed. */
export async function streamStatus(world: World, request: SimRequest, http: FastifyRequest, reply: FastifyReply) {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-fal-request-id': request.id,
  });
  const writeStatus = async () => {
    if (request.outcome) await request.outcomeSaved;
    const { code, body } = buildStatus(world, request, wantsLogs(http));
    raw.write(`data: ${JSON.stringify(body)}\n\n`);
    if (code === 200) raw.end();
  };
  const breakOff = () => void raw.destroy();
  const ping = setInterval(() => raw.write(': ping\n\n'), PING_EVERY_MS);
  const endWatch = world.changes.watch(request, () => void writeStatus().catch(breakOff));
  world.closing.addEventListener('abort', breakOff, { once: true });
  await writeStatus().catch(breakOff);
  if (!raw.closed) await once(raw, 'close');
  clearInterval(ping);
  endWatch();
  world.closing.removeEventListener('abort', breakOff);
}
