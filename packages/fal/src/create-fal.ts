/** Puts the pieces together once per process and refuses a configuration that could only fail later, with money at stake. */
import type { AskContext } from './ask.ts';
import { cancel } from './cancel.ts';
import type { Fal, FalConfig } from './fal.ts';
import { checkId, isId } from './ids.ts';
import { listBilled } from './platform/list-billed.ts';
import { listRequests } from './platform/list-requests.ts';
import { readBalance } from './platform/read-balance.ts';
import { readUnitPrices } from './platform/read-unit-prices.ts';
import { result } from './result.ts';
import { status } from './status.ts';
import { submit } from './submit.ts';
import { verifyWebhook } from './webhook/verify-webhook.ts';
import { makeWebhookKeys } from './webhook/webhook-keys.ts';
import { isWebhookToken, webhookToken } from './webhook/webhook-token.ts';
import { makeReader } from './wire/read-once.ts';

const WEBHOOK_SECRET_CHARS_MIN = 16;

/** fal waits 15 s for the answer to a callback; asking for the keys must leave most of that. */
const KEYS_TIMEOUT_MAX_MS = 5_000;

export function createFal(config: FalConfig): Fal {
  checkConfig(config);
  const reader = makeReader();
  const keys = makeWebhookKeys(reader, {
    url: config.jwksUrl,
    timeoutMs: Math.min(config.timeouts.readMs, KEYS_TIMEOUT_MAX_MS),
  });
  const access = { credentials: config.credentials, queueUrl: config.queueUrl.replace(/\/+$/, '') };
  const asking: AskContext = { ...access, reader, readMs: config.timeouts.readMs, secrets: [config.credentials] };
  const platformUrl = config.platformUrl?.replace(/\/+$/, '') ?? null;
  const platform = { ...asking, platformUrl };
  const tokenFor = (attemptId: string) => webhookToken(config.webhookSecret, attemptId);
  const webhookUrl = (attemptId: string) => {
    checkId('attempt id', attemptId);
    if (config.publicUrl === null) return null;
    return `${config.publicUrl.replace(/\/+$/, '')}/hooks/fal/${attemptId}/${tokenFor(attemptId)}`;
  };

  return {
    submit: async (request) =>
      submit(
        {
          ...access,
          submitMs: config.timeouts.submitMs,
          webhookUrl: webhookUrl(request.attemptId),
          secrets: [config.credentials, tokenFor(request.attemptId)],
        },
        request,
      ),
    status: (endpointId, requestId) => status(asking, { endpointId, requestId }),
    result: (endpointId, requestId, hint) => result(asking, { endpointId, requestId }, hint),
    listRequests: (question) => listRequests(platform, question),
    listBilled: (question) => listBilled(platform, question),
    readUnitPrices: (endpointIds) => readUnitPrices(platform, endpointIds),
    readBalance: () => readBalance(platform),
    cancel: (endpointId, requestId) => cancel(asking, { endpointId, requestId }),
    webhookUrl,
    isWebhookToken: (attemptId, token) => isId(attemptId) && isWebhookToken(config.webhookSecret, attemptId, token),
    verifyWebhook: (headers, rawBody, nowMs) => verifyWebhook(keys, config.webhookUserId, { headers, rawBody }, nowMs),
    close: () => reader.close(),
  };
}

function checkConfig(config: FalConfig): void {
  const problems: string[] = [];
  if (config.credentials === '') problems.push('credentials are empty; set FAL_KEY');
  else if (!/^[\x21-\x7e]+$/.test(config.credentials))
    problems.push('credentials contain a space or a control character');
  if (config.webhookSecret.length < WEBHOOK_SECRET_CHARS_MIN) {
    problems.push(`webhookSecret needs at least ${WEBHOOK_SECRET_CHARS_MIN} characters`);
  }
  for (const name of ['queueUrl', 'jwksUrl', 'platformUrl', 'publicUrl'] as const) {
    const url = config[name];
    if (url != null && !isHttpUrl(url)) problems.push(`${name} is no http(s) URL without query, fragment or password`);
  }
  for (const name of ['submitMs', 'readMs'] as const) {
    if (!(config.timeouts[name] > 0)) problems.push(`timeouts.${name} must be more than 0`);
  }
  if (problems.length > 0) throw new Error(`fal can't be used: ${problems.join('; ')}`);
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && `${search}${hash}${username}${password}` === '';
}
