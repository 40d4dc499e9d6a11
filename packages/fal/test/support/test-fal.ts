import { createFal, type Fal, type FalConfig, type SubmitRequest } from '@reelay/fal';

export const ENDPOINT_ID = 'fal-ai/wan/v2.2-a14b/video-to-video';
export const CREDENTIALS = 'key-id-of-tests:key-secret-of-tests';

export function testFal(queueUrl: string, overrides: Partial<FalConfig> = {}): Fal {
  return createFal({
    credentials: CREDENTIALS,
    queueUrl,
    jwksUrl: `${queueUrl}/.well-known/jwks.json`,
    timeouts: { submitMs: 10_000, readMs: 10_000 },
    webhookSecret: 'webhook-secret-of-tests',
    publicUrl: 'https://reelay.example',
    webhookUserId: null,
    ...overrides,
  });
}

export function submitRequest(overrides: Partial<SubmitRequest> = {}): SubmitRequest {
  return {
    endpointId: ENDPOINT_ID,
    input: { prompt: 'a fox at dawn', video_url: 'https://media.example/in.mp4', seed: 7 },
    attemptId: 'att_1',
    jobId: 'job_1',
    startTimeoutSeconds: 1800,
    ...overrides,
  };
}
