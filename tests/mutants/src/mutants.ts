// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code of other files.
/**
 * The planted bugs: what each takes away of the protocol, and who has to notice. Where the database's own constraint makes
 * a breakage harmless, that constraint is taken away with it, so that code and constraint are both shown to matter.
 */
import { EXPLORER, LONG_SIMULATION, type Mutant, SIMULATION } from './mutant.ts';

const ENGINE = 'packages/engine/src';
const DB = 'packages/db/src';
const INVARIANTS = 'prisma/migrations/20261123000002_invariants/migration.sql';
const SUBMIT_TEST = 'packages/fal/test/submit.test.ts';
const OUTAGE_TEST = 'packages/engine/test/outage.test.ts';
const ATTEMPT_TEST = 'packages/engine/test/attempt.test.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'send-without-claim',
    breaks: 'A second task of the same attempt sends it again: reserved → sending no longer compares.',
    edits: [
      {
        file: `${DB}/attempts/sending.ts`,
        find: "a.state = 'reserved' AND j.id",
        replace: "a.state IN ('reserved', 'sending') AND j.id",
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'client-retries',
    breaks: 'The vendor client may repeat its POST when the first one got no usable answer.',
    edits: [
      {
        file: 'packages/fal/src/wire/vendor-client.ts',
        find: "if (used) throw new Error('the fal client tried to repeat a request');",
        replace: '',
      },
      {
        file: 'packages/fal/src/wire/vendor-client.ts',
        find: '    throw new Answered();',
        replace: '    if (used) throw new TypeError(`fetch failed after ${Answered.name}`);\n    throw new Answered();',
      },
    ],
    layers: [{ kind: 'test', file: SUBMIT_TEST, name: 'one POST' }],
  },
  {
    name: 'follow-redirects',
    breaks: 'The POST follows a redirect, and is sent a second time.',
    edits: [
      {
        file: 'packages/fal/src/wire/post-once.ts',
        find: "import { buildConnector, Client } from 'undici';",
        replace: "import { buildConnector, Client, interceptors } from 'undici';",
      },
      {
        file: 'packages/fal/src/wire/post-once.ts',
        find: 'const response = await client.request({',
        replace: 'const response = await client.compose(interceptors.redirect({ maxRedirections: 1 })).request({',
      },
    ],
    layers: [{ kind: 'test', file: SUBMIT_TEST, name: 'redirect is not followed' }],
  },
  {
    name: '502-is-refusal',
    breaks: 'A gateway error at submit counts as proof that nothing was accepted.',
    edits: [refusal(502)],
    layers: [LONG_SIMULATION],
  },
  {
    name: '409-is-refusal',
    breaks: 'A conflict at submit counts as proof that nothing was accepted.',
    edits: [refusal(409)],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'lost-answer-is-refusal',
    breaks: 'A POST without an answer counts as never sent.',
    edits: [
      {
        file: 'packages/fal/src/submit-failure.ts',
        find: "return unknown('no_answer', `fal may have accepted the request, but its answer was lost (${outcome.code})`);",
        replace: "return { kind: 'refused', failure: { kind: 'not_connected', message: outcome.code } };",
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'enqueue-before-commit',
    breaks: 'Dispatch hands out tasks for attempts that are not committed yet.',
    edits: [
      {
        file: `${ENGINE}/dispatch/dispatch.ts`,
        find: "    if (taken.ids.length > 0) await context.failpoint('dispatch.before_commit');",
        replace:
          "    await enqueueAfterCommit(context, 'submit', taken.ids);\n    if (taken.ids.length > 0) await context.failpoint('dispatch.before_commit');",
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'trust-the-task-id',
    breaks: 'A task whose attempt was seen before is dropped, as if its id were a guard.',
    edits: [
      {
        file: `${ENGINE}/attempts/submit-attempt.ts`,
        find: '  const { policy } = context;\n',
        replace:
          "  const { policy } = context;\n  if (seen.has(attemptId)) return { kind: 'not_ours' };\n  seen.add(attemptId);\n",
      },
      {
        file: `${ENGINE}/attempts/submit-attempt.ts`,
        find: 'export async function submitAttempt(',
        replace: 'const seen = new Set<string>();\n\nexport async function submitAttempt(',
      },
    ],
    layers: [LONG_SIMULATION, { kind: 'test', file: ATTEMPT_TEST, name: 'held back by an embargo' }],
  },
  {
    name: 'bullmq-task-id',
    breaks: 'Tasks carry the attempt as their id, so BullMQ ignores one that comes again while it keeps the first.',
    edits: [
      {
        file: 'packages/queue/src/producer.ts',
        find: 'opts: TASK_OPTIONS })',
        replace: 'opts: { ...TASK_OPTIONS, removeOnComplete: false, jobId: id } })',
      },
    ],
    layers: [{ kind: 'test', file: 'packages/queue/test/tasks.test.ts', name: 'can be enqueued again' }],
  },
  {
    name: 'settle-without-unique-charge',
    breaks: 'Two settles of one outcome charge it twice: no state is compared, no entry is unique.',
    edits: [
      {
        file: `${ENGINE}/attempts/settle-attempt.ts`,
        find: "    if (current?.attempt.state !== 'accepted') return false;",
        replace: '    if (!current) return false;',
      },
      {
        file: `${DB}/ledger.ts`,
        find: '        ON CONFLICT (attempt_id, kind, request_id, event_digest) DO NOTHING\n',
        replace: '',
      },
      {
        file: 'prisma/migrations/20261123000007_billing/migration.sql',
        find: 'CREATE UNIQUE INDEX "ledger_entries_attempt_id_kind_request_id_event_digest_key" ON "ledger_entries"("attempt_id", "kind", "request_id", "event_digest") NULLS NOT DISTINCT;',
        replace: '',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'dispatch-without-lock',
    breaks: 'Two dispatches read the same free slots: neither takes the lock of the account.',
    edits: [
      {
        file: `${DB}/dispatch.ts`,
        find: "  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended('reelay.account.' || ${ACCOUNT}, 0))::text`;\n",
        replace: '  await tx.$queryRaw`SELECT ${ACCOUNT}::text`;\n',
      },
    ],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'budget-without-check',
    breaks: 'Dispatch reserves whatever there are slots for, and its own guard does not look either.',
    edits: [
      {
        file: 'packages/core/src/dispatch/fit-budgets.ts',
        find: '    if (full !== undefined) {',
        replace: '    if (full !== undefined && blocked.size > 1_000) {',
      },
      {
        file: `${DB}/budgets/reservations.ts`,
        find: '          AND (limit_nano_usd IS NULL OR reserved_nano_usd + charged_nano_usd + ${amount}::bigint <= limit_nano_usd)\n',
        replace: '',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'refund-into-the-next-hour',
    breaks: 'What is given back counts in the present window, not in that of its reservation.',
    edits: [
      {
        file: `${DB}/budgets/fold-ledger.ts`,
        find: 'WHERE scope = counted.scope AND window_start IS NOT DISTINCT FROM budget_window(period, a.reserved_at) OFFSET 0',
        replace: 'WHERE scope = counted.scope OFFSET 0',
      },
    ],
    layers: [{ kind: 'test', file: 'tests/simulation/budgets.test.ts', name: 'takes a budget over a limit' }],
  },
  {
    name: 'window-from-zero',
    breaks: 'A window begins empty, although a clock that was put back has reserved in it before.',
    edits: [
      {
        file: `${DB}/budgets/windows.ts`,
        find: 'reserved_nano_usd = sums.reserved, charged_nano_usd = sums.charged, alerted_percent = 0',
        replace: 'reserved_nano_usd = 0, charged_nano_usd = 0, alerted_percent = 0',
      },
    ],
    layers: [{ kind: 'test', file: 'tests/simulation/budget-windows.test.ts', name: 'the hour of a budget' }],
  },
  {
    name: 'fold-a-part',
    breaks: 'Dispatch plans after the first part of the fold: a release may be in it, and its charge not.',
    edits: [
      {
        file: `${DB}/budgets/fold-ledger.ts`,
        find: '    if (folded.entries < atOnce) return',
        replace: '    if (folded.entries <= atOnce) return',
      },
    ],
    layers: [{ kind: 'test', file: 'packages/engine/test/budgets.test.ts', name: 'the fold' }],
  },
  {
    name: 'unknown-is-free-money',
    breaks: 'An attempt that becomes unknown gives its reservation back, as if it had not been paid.',
    edits: [
      {
        file: `${ENGINE}/attempts/become-unknown.ts`,
        find: '  const won = await markUnknown(',
        replace:
          "  await appendLedger(tx, attempt.id, [{ kind: 'release', amountNanoUsd: 200_000_000n, basis: 'released' }]);\n  const won = await markUnknown(",
      },
      {
        file: `${ENGINE}/attempts/become-unknown.ts`,
        find: 'import { addEvidence, markUnknown,',
        replace: 'import { addEvidence, appendLedger, markUnknown,',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'release-the-lost',
    breaks: 'Declaring an attempt lost gives its reservation back, although fal may still bill it.',
    edits: [
      {
        file: `${DB}/reopen.ts`,
        find: "    WHERE job_id = ${jobId} AND state IN ('unknown', 'accepted')`;",
        replace:
          "    WHERE job_id = ${jobId} AND state IN ('unknown', 'accepted')`;\n  await tx.$executeRaw`\n    INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis)\n    SELECT project_id, batch_id, job_id, id, 'release', reserved_nano_usd, 'released' FROM attempts\n    WHERE job_id = ${jobId} AND state = 'lost' ON CONFLICT DO NOTHING`;",
      },
    ],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'finish-inside-settle',
    breaks:
      'Settle closes the batch in its own transaction, where it does not see what another settles at that moment.',
    edits: [
      {
        file: `${ENGINE}/attempts/settle-attempt.ts`,
        find: "    await context.failpoint('settle.before_commit');\n    return true;",
        replace:
          "    if (batchId !== null) await closeFinishedBatch(tx, batchId);\n    await context.failpoint('settle.before_commit');\n    return true;",
      },
      {
        file: `${ENGINE}/attempts/settle-attempt.ts`,
        find: '  addEvidence,\n  holdBatch,',
        replace: '  addEvidence,\n  closeFinishedBatch,\n  holdBatch,',
      },
      {
        file: `${ENGINE}/attempts/settle-attempt.ts`,
        find: "  if (batchId !== null) await finishBatch(context, batchId);\n  return { kind: 'settled', batchId };",
        replace: "  if (batchId === null) await finishBatch(context, '');\n  return { kind: 'settled', batchId };",
      },
    ],
    layers: [SIMULATION, { kind: 'test', file: ATTEMPT_TEST, name: 'close the batch' }],
  },
  {
    name: 'late-failure-without-hold',
    breaks: 'A late failure puts its job back in the queue while the batch closes: nothing holds the batch.',
    edits: [
      {
        file: `${DB}/batches.ts`,
        find: 'await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${batchId} FOR SHARE`;',
        replace: 'await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${batchId}`;',
      },
      {
        file: `${ENGINE}/jobs/may-run-again.ts`,
        find: 'return job.batch_id === null || (await isBatchOpen(tx, job.batch_id));',
        replace: 'return job.batch_id === null || (await isBatchOpen(tx, job.batch_id)) || true;',
      },
    ],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'drop-late-answer',
    breaks: 'A sender whose attempt was given up meanwhile throws its answer away.',
    edits: [
      {
        file: `${ENGINE}/attempts/adopt-acceptance.ts`,
        find: '  const cancelRequested = isUnwanted(job);\n',
        replace:
          "  const cancelRequested = isUnwanted(job);\n  if (proof.source === 'submit' && attempt.state !== 'sending') return { kind: 'already', cancelRequested };\n",
      },
    ],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'any-token',
    breaks: 'A callback is believed to be about an attempt without the token of that attempt.',
    edits: [
      {
        file: `${ENGINE}/webhooks/receive-webhook.ts`,
        find: "  if (!context.fal.isWebhookToken(incoming.attemptId, incoming.token)) return { kind: 'forged', reason: 'token' };\n",
        replace: '',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'stale-is-truth',
    breaks: 'A signature from outside its window is believed like any other.',
    edits: [
      {
        file: `${ENGINE}/webhooks/receive-webhook.ts`,
        find: "  const stale = verdict.kind === 'stale';",
        replace: '  const stale = false;',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'poll-only-without-webhooks',
    breaks: 'An attempt that expects a callback is never asked about.',
    edits: [
      {
        file: `${DB}/attempts/sending.ts`,
        find: '      next_check_at = ${fromNow(acceptance.pollMs)}\n',
        replace: '      next_check_at = CASE WHEN expects_webhook THEN NULL ELSE ${fromNow(acceptance.pollMs)} END\n',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'believe-the-gateway',
    breaks:
      "An error that lasts at the result of a run is its verdict, although fal's callback or status called it good.",
    edits: [
      {
        file: `${ENGINE}/attempts/read-ending.ts`,
        find: "  if (heard !== null) return copyIn(heard) ?? { kind: 'lost' };\n",
        replace: '  if (heard !== null) return reading;\n',
      },
      {
        file: `${ENGINE}/attempts/read-ending.ts`,
        find: "return calledOk && !NOT_IN_STATUS.has(reading.failure.kind) ? { kind: 'lost' } : reading;",
        replace: 'return calledOk && !NOT_IN_STATUS.has(reading.failure.kind) ? reading : reading;',
      },
    ],
    layers: [SIMULATION, { kind: 'test', file: 'packages/engine/test/verdict.test.ts', name: 'is not bought again' }],
  },
  {
    name: 'retry-a-422',
    breaks: 'What the model refused is run, and perhaps billed, again.',
    edits: [
      {
        file: 'packages/core/src/failures/failure.ts',
        find: "const RAN_AND_REJECTED: FailureClass = { mayHaveBeenAccepted: true, billed: 'maybe', retryable: false, scope: 'job' };",
        replace:
          "const RAN_AND_REJECTED: FailureClass = { mayHaveBeenAccepted: true, billed: 'maybe', retryable: true, scope: 'job' };",
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'old-seed-and-window',
    breaks: 'A retry has the seed of the attempt before it, and the listing is matched without a window.',
    edits: [
      {
        file: `${ENGINE}/dispatch/attempt-of.ts`,
        find: 'update(`${jobId}:${n}`)',
        replace: 'update(`${jobId}:${Math.min(n, 1)}`)',
      },
      {
        file: `${ENGINE}/attempts/look-in-listing.ts`,
        find: 'const fromMs = (sentAt?.getTime() ?? 0) - BEFORE_SENDING_MS;',
        replace: 'const fromMs = Math.min(0, (sentAt?.getTime() ?? 0) - BEFORE_SENDING_MS);',
      },
    ],
    layers: [LONG_SIMULATION, { kind: 'test', file: ATTEMPT_TEST, name: 'a seed of its own' }],
  },
  {
    name: 'import-without-share',
    breaks: 'An import stores rows into a batch that is being cancelled: it no longer holds the batch.',
    edits: [
      {
        file: `${DB}/intake/checkpoint.ts`,
        find: "'SELECT state FROM batches WHERE id = $1 FOR SHARE'",
        replace: "'SELECT state FROM batches WHERE id = $1'",
      },
    ],
    layers: [{ kind: 'test', file: 'packages/engine/test/intake-resume.test.ts', name: 'while rows are being stored' }],
  },
  {
    name: 'deadline-by-local-clock',
    breaks: "A sender measures its deadline by its machine's clock, which may be 90 s wrong.",
    edits: [
      {
        file: `${ENGINE}/attempts/submit-attempt.ts`,
        find: 'mayStillSend: () => isInTime(context, since),',
        replace:
          'mayStillSend: () => (isInTime(context, since) || true) && context.now() < claim.sending_at.getTime() + context.policy.submitTimeoutMs,',
      },
    ],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'send-after-a-freeze',
    breaks: 'A process that was stopped past its deadline sends when it wakes up.',
    edits: [
      {
        file: `${ENGINE}/attempts/submit-attempt.ts`,
        find: 'mayStillSend: () => isInTime(context, since),',
        replace: 'mayStillSend: () => isInTime(context, since) || since.wallMs > 0,',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'send-under-embargo',
    breaks: 'Attempts that are reserved already go out while fal has told us to wait.',
    edits: [
      {
        file: `${DB}/attempts/sending.ts`,
        find: ' AND (p.embargo_until IS NULL OR p.embargo_until <= now())',
        replace: '',
      },
      {
        file: `${DB}/attempts/sending.ts`,
        find: 'SELECT refusals_in_row > 0 AND (embargo_until IS NULL OR embargo_until <= now()) AS probing',
        replace: 'SELECT refusals_in_row > 0 AS probing',
      },
    ],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'outage-never-noticed',
    breaks: 'Submits without a clear answer never close dispatch: an outage makes every job unknown.',
    edits: [
      {
        file: `${ENGINE}/attempts/submit-attempt.ts`,
        find: 'if (outage) await setEmbargo(tx, outage);',
        replace: '',
      },
    ],
    layers: [{ kind: 'test', file: OUTAGE_TEST, name: 'every submit is answered 503' }],
  },
  {
    name: 'many-probes',
    breaks: 'What was reserved before an embargo goes out at once when it ends.',
    edits: [
      { file: `${DB}/attempts/sending.ts`, find: 'Prisma.sql`NOT (${PROBE_IS_OUT})`', replace: 'Prisma.sql`true`' },
    ],
    layers: [{ kind: 'test', file: OUTAGE_TEST, name: 'reserved before it' }],
  },
  {
    name: 'send-while-paused',
    breaks: 'A pause stops dispatch and not what is reserved already.',
    edits: [
      {
        file: `${DB}/attempts/sending.ts`,
        find: "      AND NOT EXISTS (SELECT 1 FROM batch_pauses bp WHERE bp.batch_id = a.batch_id AND bp.reason <> 'budget')\n",
        replace: '',
      },
    ],
    layers: [LONG_SIMULATION],
  },
  {
    name: 'no-redrive',
    breaks: 'Patrol does not create lost submit tasks again.',
    edits: [
      {
        file: `${ENGINE}/patrol/patrol.ts`,
        find: "  await enqueueAfterCommit(context, 'submit', inState('reserved'));\n",
        replace: '',
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'gone-is-failure',
    breaks: 'A result that fal no longer has counts as a failed run, and the job runs again.',
    edits: [
      {
        file: `${ENGINE}/attempts/read-ending.ts`,
        find: "  if (!cancelAsked) return { kind: 'lost' };",
        replace:
          "  if (!cancelAsked) return { kind: 'failed', failure: { kind: 'model_error', message: 'gone' }, billableUnits: null, httpStatus: 404 };",
      },
    ],
    layers: [
      SIMULATION,
      { kind: 'test', file: 'packages/engine/test/outcome.test.ts', name: 'leaves the job for review' },
    ],
  },
  {
    name: 'cancel-closes-the-active',
    breaks: 'Cancelling a job ends it at once, whatever fal makes of its request.',
    edits: [
      {
        file: `${ENGINE}/jobs/cancel-job.ts`,
        find: "    if (job.status === 'queued') {",
        replace: "    if (job.status === 'queued' || job.status === 'active') {",
      },
    ],
    layers: [SIMULATION],
  },
  {
    name: 'unknown-may-be-released',
    breaks: 'The protocol lets an unknown attempt be given back as if it had never been sent.',
    edits: [
      {
        file: 'packages/core/src/attempts/attempt-states.ts',
        find: "  unknown: ['accepted', 'lost', 'refused'],",
        replace: "  unknown: ['accepted', 'lost', 'refused', 'released'],",
      },
    ],
    layers: [EXPLORER],
  },
  {
    name: 'sending-may-be-released',
    breaks: 'The protocol lets an attempt be given back whose bytes may be on the wire.',
    edits: [
      {
        file: 'packages/core/src/attempts/attempt-states.ts',
        find: "  sending: ['accepted', 'refused', 'unknown'],",
        replace: "  sending: ['accepted', 'refused', 'unknown', 'released'],",
      },
    ],
    layers: [EXPLORER],
  },
  {
    name: 'lost-is-final',
    breaks: 'The protocol forgets late evidence for an attempt that was declared lost.',
    edits: [
      { file: 'packages/core/src/attempts/attempt-states.ts', find: "  lost: ['accepted'],", replace: '  lost: [],' },
      { file: INVARIANTS, find: ",\n    ('lost', 'accepted')", replace: '' },
    ],
    layers: [EXPLORER, LONG_SIMULATION],
  },
  {
    name: 'two-live-attempts',
    breaks: 'A job may have two attempts under way: neither dispatch nor the database minds.',
    edits: [
      {
        file: `${ENGINE}/attempts/adopt-acceptance.ts`,
        find: "  if (attempt.state === 'lost' && !(await makeRoom(context, tx, job.id))) return false;",
        replace:
          "  if (attempt.state === 'lost' && attempt.n < 0 && !(await makeRoom(context, tx, job.id))) return false;",
      },
      {
        file: INVARIANTS,
        find: "CREATE UNIQUE INDEX attempts_one_live_per_job ON attempts (job_id) WHERE state IN ('reserved', 'sending', 'accepted', 'unknown');",
        replace: '',
      },
    ],
    layers: [
      SIMULATION,
      { kind: 'test', file: 'packages/engine/test/late-evidence.test.ts', name: 'gives the next one back' },
    ],
  },
  {
    name: 'a-twins-request-is-an-orphan',
    breaks: "An attempt that holds one request takes its twin's for an orphan: both are paid for twice, or cancelled.",
    edits: [
      {
        file: `${ENGINE}/attempts/adopt-acceptance.ts`,
        find: '  if (holder !== null && holder !== attempt.id) return heldElsewhere(context, proof, holder);',
        replace:
          '  if (holder !== null && holder !== attempt.id && attempt.request_id === null) return heldElsewhere(context, proof, holder);',
      },
      {
        file: 'prisma/migrations/20261123000020_one_place_per_request/migration.sql',
        find: 'IF EXISTS (SELECT 1 FROM attempts WHERE request_id',
        replace: 'IF FALSE AND EXISTS (SELECT 1 FROM attempts WHERE request_id',
      },
    ],
    layers: [
      LONG_SIMULATION,
      {
        kind: 'test',
        file: 'packages/engine/test/late-evidence.test.ts',
        name: 'when each holds the other one',
      },
    ],
  },
];

function refusal(status: number) {
  return {
    file: 'packages/fal/src/submit-failure.ts',
    find: "  [429, 'rate_limited'],\n",
    replace: `  [429, 'rate_limited'],\n  [${status}, 'submit_rejected'],\n`,
  };
}
