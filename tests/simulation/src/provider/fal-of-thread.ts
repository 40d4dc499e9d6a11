/**
 * The `Fal` that one thread of one process has: every call takes virtual time, and what comes back went through the
 * product's own tables. Between the last check and fal lies the wire, where a request may be lost or late.
 */
import {
  type Answer,
  classifyCancel,
  classifyResult,
  classifyStatus,
  classifySubmit,
  type Fal,
  isWebhookToken,
  type ListedRequest,
  type ListingQuestion,
  type PostOutcome,
  type SubmitRequest,
  type WebhookHeaders,
  type WebhookVerdict,
  webhookToken,
} from '@reelay/fal';
import type { Chance } from '../chance.ts';
import type { Agenda } from '../time/agenda.ts';
import type { Thread } from '../time/threads.ts';
import { payloadOf, resultAnswer, statusAnswer, TROUBLE } from './answers.ts';
import type { Provider } from './provider.ts';
import { hasSucceeded, type ProviderRequest, phaseOf } from './request.ts';

export const WEBHOOK_SECRET = 'a-webhook-secret-of-the-simulation';
const READ_MS = 15_000;
const STALE_MS = 300_000;

export interface WirePlan {
  /** A request that never reaches fal. */
  readonly lostOnTheWay: number;
  /** A request that takes long, up to past its deadline. */
  readonly slow: number;
  /** A status, result or listing that gets no usable answer. */
  readonly readFails: number;
}

export interface Wire {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly provider: Provider;
  readonly plan: WirePlan;
  readonly submitMs: number;
  /** Null: fal cannot reach us. */
  readonly publicUrl: string | null;
  /** A body is written: from here on money can move. */
  readonly onPost: (request: SubmitRequest, thread: Thread) => void;
  readonly onListed: (requests: readonly ProviderRequest[]) => void;
}

export function falOfThread(wire: Wire, thread: Thread): Fal {
  const { agenda, provider } = wire;
  const ask = (answerOf: (request: ProviderRequest | null) => Answer) => async (requestId: string) =>
    readThrough(wire, thread, requestId, answerOf);
  const orGone = (read: typeof statusAnswer) => (request: ProviderRequest | null) =>
    request
      ? read(request, agenda.now())
      : { status: 404, header: () => null, body: { kind: 'cut', because: 'broken' } as const };
  const status = ask(orGone(statusAnswer));
  const result = ask(orGone(resultAnswer));
  return {
    submit: async (request) => classifySubmit(await post(wire, thread, request), [], agenda.now()),
    status: async (_, requestId) => {
      const answer = await status(requestId);
      return answer ? classifyStatus(answer, [], agenda.now()) : { kind: 'unavailable', failure: NO_ANSWER };
    },
    result: async (_, requestId, hint) => {
      const answer = await result(requestId);
      return answer ? classifyResult(answer, hint, [], agenda.now()) : { kind: 'unavailable', failure: NO_ANSWER };
    },
    cancel: async (_, requestId) => {
      const answer = await readThrough(wire, thread, requestId, () => provider.cancel(requestId));
      return answer ? classifyCancel(answer) : 'unavailable';
    },
    listRequests: async (question) => {
      await thread.sleep(wire.chance.between(20, 2_000));
      if (!provider.listingWorks || isBadRead(wire)) return { kind: 'unavailable', failure: NO_ANSWER };
      const shown = provider.requests.filter((request) => isShown(request, question, agenda.now()));
      const complete = provider.calm || !wire.chance.happens(0.1);
      const read = complete ? shown : shown.slice(0, Math.floor(shown.length / 2));
      if (complete) wire.onListed(read);
      return { kind: 'listed', requests: read.map((request) => listed(request, agenda.now())), complete };
    },
    listBilled: async () => ({ kind: 'not_available' }),
    readUnitPrices: async () => ({ kind: 'not_available' }),
    readBalance: async () => ({ kind: 'not_available' }),
    webhookUrl: (attemptId) =>
      wire.publicUrl === null
        ? null
        : `${wire.publicUrl}/hooks/fal/${attemptId}/${webhookToken(WEBHOOK_SECRET, attemptId)}`,
    isWebhookToken: (attemptId, token) => isWebhookToken(WEBHOOK_SECRET, attemptId, token),
    verifyWebhook: async (headers, rawBody, nowMs) => verdictOn(headers, rawBody, nowMs),
    close: async () => {},
  };
}

function isShown(request: ProviderRequest, question: ListingQuestion, nowMs: number): boolean {
  const { endpointId, fromMs, toMs, requestId } = question;
  const { acceptedAtMs, listedAtMs } = request;
  if (request.endpointId !== endpointId || (requestId !== undefined && request.id !== requestId)) return false;
  return acceptedAtMs >= fromMs && acceptedAtMs <= toMs && listedAtMs !== null && listedAtMs <= nowMs;
}

function listed(request: ProviderRequest, nowMs: number): ListedRequest {
  const { id, acceptedAtMs, input, listsOutput } = request;
  const output = listsOutput && hasSucceeded(request, nowMs) ? payloadOf(request) : null;
  return { requestId: id, sentAtMs: acceptedAtMs, input, output };
}

const NO_ANSWER = { kind: 'provider_unavailable', message: 'no answer' } as const;

function isBadRead({ provider, chance, plan }: Wire): boolean {
  if (provider.weather === 'down' || provider.weather === 'unreachable') return true;
  return !provider.calm && chance.happens(plan.readFails);
}

/** A question: repeating it costs nothing, so it simply fails now and then. Null: no answer in time. */
async function readThrough(
  wire: Wire,
  thread: Thread,
  requestId: string,
  answerOf: (request: ProviderRequest | null) => Answer,
): Promise<Answer | null> {
  const { agenda, chance, provider } = wire;
  await thread.sleep(chance.between(5, 1_500));
  const request = provider.find(requestId);
  const answer = isBadRead(wire) ? chance.pick([...troubleFor(request, agenda.now()), null]) : answerOf(request);
  // The question itself arrived: only its answer is late.
  await thread.sleep(answer === null ? READ_MS : chance.between(5, 1_500));
  return answer;
}

/** Of a run that did fail, a gateway's error in JSON cannot be told from the run's own. */
function troubleFor(request: ProviderRequest | null, nowMs: number): readonly Answer[] {
  const failed = request !== null && phaseOf(request, nowMs) === 'ended' && !hasSucceeded(request, nowMs);
  return failed ? TROUBLE.filter(({ body }) => body.kind === 'cut' || !body.text.startsWith('{')) : TROUBLE;
}

async function post(wire: Wire, thread: Thread, request: SubmitRequest): Promise<PostOutcome> {
  const { agenda, chance, provider, plan } = wire;
  const deadlineMs = agenda.now() + wire.submitMs;
  await thread.sleep(chance.between(1, chance.happens(plan.slow) ? 8_000 : 200));
  if (provider.weather === 'unreachable') return { kind: 'not_connected', code: 'ECONNREFUSED' };
  if (!(request.mayStillSend?.() ?? true)) return { kind: 'withheld' };
  wire.onPost(request, thread);
  const heard = send(wire, request);
  const answerMs = chance.happens(plan.slow) ? chance.between(5_000, 40_000) : chance.between(5, 2_000);
  await thread.sleep(Math.max(1, Math.min(heard.arrivesAtMs + answerMs, deadlineMs) - agenda.now()));
  // A process that was stopped wakes up to an answer and a passed deadline at once; which it sees first is chance.
  const inTime = heard.arrivesAtMs + answerMs <= deadlineMs && (agenda.now() <= deadlineMs || chance.happens(0.5));
  return inTime && heard.answer ? { kind: 'answered', answer: heard.answer } : { kind: 'no_answer', code: 'timeout' };
}

interface Heard {
  readonly arrivesAtMs: number;
  answer: Answer | null;
}

/** The bytes are on their way, whatever becomes of the process that wrote them. */
function send({ agenda, chance, provider, plan, publicUrl }: Wire, request: SubmitRequest): Heard {
  const travelMs = chance.happens(plan.slow) ? chance.between(2_000, 50_000) : chance.between(5, 500);
  const heard: Heard = { arrivesAtMs: agenda.now() + travelMs, answer: null };
  if (!provider.calm && chance.happens(plan.lostOnTheWay)) return heard;
  const { endpointId, attemptId, jobId, input } = request;
  const webhookUrl =
    publicUrl === null ? null : `${publicUrl}/hooks/fal/${attemptId}/${webhookToken(WEBHOOK_SECRET, attemptId)}`;
  const sent = { endpointId, attemptId, jobId, input, webhookUrl, startTimeoutMs: request.startTimeoutSeconds * 1_000 };
  agenda.in(travelMs, `request of ${attemptId} arrives`, () => {
    heard.answer = provider.receive(sent);
  });
  return heard;
}

/** The signature of the simulated fal: who signed, and when, in the clear. */
export const SIGNED_BY = 'x-signed-by';
export const SIGNED_AT = 'x-signed-at-ms';

function verdictOn(headers: WebhookHeaders, rawBody: Uint8Array, nowMs: number): WebhookVerdict {
  if (headers[SIGNED_BY] !== 'fal') return { kind: 'forged', reason: 'bad_signature' };
  const callback = JSON.parse(new TextDecoder().decode(rawBody));
  const ageMs = Math.abs(nowMs - Number(headers[SIGNED_AT]));
  return { kind: ageMs <= STALE_MS ? 'valid' : 'stale', callback };
}
