import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { FaultSettings } from '../faults/fault-table.ts';
import type { AdminVerbs } from './admin-verbs.ts';

const clockSchema = z.strictObject({ advance_ms: z.number().nonnegative() });

/** The simulator's own calls, under a prefix that is no part of fal's wire. */
export function registerAdmin(app: FastifyInstance, verbs: AdminVerbs): void {
  app.get('/_sim/ledger', async (_http, reply) => {
    const lines = verbs.ledger().map((line) => `${JSON.stringify(line)}\n`);
    return reply.type('application/x-ndjson').send(lines.join(''));
  });
  app.get('/_sim/summary', async () => verbs.summary());
  app.put('/_sim/faults', async (http, reply) =>
    answerChange(reply, () => verbs.setFaults(readJson(http.body) as FaultSettings)),
  );
  app.post('/_sim/clock', async (http, reply) =>
    answerChange(reply, () => verbs.advanceClock(clockSchema.parse(readJson(http.body)).advance_ms)),
  );
  app.post('/_sim/rotate-keys', async (_http, reply) => answerChange(reply, () => verbs.rotateKeys()));
  app.post('/_sim/lock', async (_http, reply) => answerChange(reply, () => verbs.lock()));
  app.post('/_sim/unlock', async (_http, reply) => answerChange(reply, () => verbs.unlock()));
}

function answerChange(reply: FastifyReply, change: () => void): FastifyReply {
  try {
    change();
    return reply.send({ ok: true });
  } catch (error) {
    return reply.code(400).send({ error: error instanceof Error ? error.message : String(error) });
  }
}

function readJson(body: unknown): unknown {
  return JSON.parse(Buffer.isBuffer(body) && body.length > 0 ? body.toString('utf8') : '{}');
}
