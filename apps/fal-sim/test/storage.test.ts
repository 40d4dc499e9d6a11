import { describe, expect, it } from 'vitest';
import type { FalSim } from '../src/index.ts';
import { AUTHORIZED, falClient, readJson, startSim } from './harness.ts';

function initiate(sim: FalSim, body: unknown, headers: Record<string, string> = AUTHORIZED): Promise<Response> {
  return fetch(`${sim.url}/_host/rest/storage/upload/initiate?storage_type=fal-cdn-v3`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
}

async function beginUpload(sim: FalSim): Promise<{ uploadUrl: string; fileUrl: string }> {
  const answer = await readJson(initiate(sim, { file_name: 'a clip.mp4', content_type: 'video/mp4' }));
  return { uploadUrl: String(answer.upload_url), fileUrl: String(answer.file_url) };
}

describe('storage', () => {
  it('keeps what the official client uploads', async () => {
    const sim = await startSim();
    const bytes = new Uint8Array(2_000_000).map((_, at) => at % 251);

    const fileUrl = await falClient(sim).storage.upload(new File([bytes], 'clip é.mp4', { type: 'video/mp4' }));
    const file = await fetch(fileUrl);

    expect(file.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await file.arrayBuffer()).equals(Buffer.from(bytes))).toBe(true);
  });

  it('has no file until it was put', async () => {
    const sim = await startSim();
    const { uploadUrl, fileUrl } = await beginUpload(sim);

    const before = await fetch(fileUrl);
    const put = await fetch(uploadUrl, { method: 'PUT', body: 'bytes' });
    const after = await fetch(fileUrl);

    expect([before.status, put.status, after.status]).toEqual([404, 200, 200]);
    expect(await after.text()).toBe('bytes');
  });

  it('needs a key to begin an upload', async () => {
    const sim = await startSim();

    expect((await initiate(sim, { file_name: 'a', content_type: 'a/b' }, {})).status).toBe(401);
  });

  it.each([
    {},
    { file_name: '', content_type: 'video/mp4' },
    { file_name: 'a', content_type: 'video/mp4\r\nx: y' },
    { file_name: 'a'.repeat(256), content_type: 'video/mp4' },
  ])('refuses to begin with %j', async (body) => {
    const sim = await startSim();

    expect((await initiate(sim, body)).status).toBe(422);
  });

  it('refuses a file that is too large, or that nobody began', async () => {
    const sim = await startSim();
    const { uploadUrl, fileUrl } = await beginUpload(sim);

    const tooLarge = await fetch(uploadUrl, { method: 'PUT', body: Buffer.alloc(33 * 1_048_576) }).then(
      ({ status }) => status,
      () => 'broken',
    );
    const unknown = await fetch(`${sim.url}/files/uploads/x/y.mp4`, { method: 'PUT', body: 'x' });

    expect([413, 'broken']).toContain(tooLarge);
    expect((await fetch(fileUrl)).status).toBe(404);
    expect(unknown.status).toBe(404);
  });
});
