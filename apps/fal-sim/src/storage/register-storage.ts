import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { hasKey } from '../has-key.ts';
import { answerJson } from '../queue-host/answer.ts';
import { bodyBytes } from '../queue-host/read-submit.ts';
import type { World } from '../world.ts';
import { type Upload, UploadStore } from './upload-store.ts';

const MIB = 1_048_576;
const FILE_BYTES_MAX = 32 * MIB;
const KEPT_BYTES_MAX = 128 * MIB;
const KEPT_FILES_MAX = 10_000;

interface FileRoute {
  readonly Params: { readonly id: string; readonly name: string };
}

const initiateSchema = z.object({
  file_name: z.string().min(1).max(255),
  content_type: z.string().regex(/^[\w.+-]+\/[\w.+-]+(; ?[\w-]+=[\w"-]+)*$/, 'not a content type'),
});

/** rest.fal.ai's uploads: an address to put a file to and one to read it from, both without a key. */
export function registerStorage(app: FastifyInstance, world: World): void {
  const store = new UploadStore({ filesMax: KEPT_FILES_MAX, bytesMax: KEPT_BYTES_MAX });

  app.post('/_host/rest/storage/upload/initiate', async (http, reply) => {
    if (!hasKey(http)) return answerJson(reply, 401, { detail: 'Authentication is required to upload.' });
    const wanted = initiateSchema.safeParse(parseJson(bodyBytes(http)));
    if (!wanted.success) return answerJson(reply, 422, { detail: z.prettifyError(wanted.error) });
    const upload = store.begin(wanted.data.file_name, wanted.data.content_type);
    return answerJson(reply, 200, uploadAddresses(upload, baseOf(world, http)));
  });
  app.put<FileRoute>('/files/uploads/:id/:name', { bodyLimit: FILE_BYTES_MAX }, async (http, reply) => {
    const upload = store.find(http.params.id);
    if (!upload) return reply.code(404).type('text/plain').send('Not Found');
    store.put(upload, bodyBytes(http));
    return reply.code(200).send();
  });
  app.get<FileRoute>('/files/uploads/:id/:name', { exposeHeadRoute: true }, async (http, reply) => {
    const upload = store.find(http.params.id);
    if (!upload?.bytes) return reply.code(404).type('text/plain').send('Not Found');
    return reply.type(upload.contentType).send(upload.bytes);
  });
}

function uploadAddresses(upload: Upload, base: string): { upload_url: string; file_url: string } {
  const url = `${base}/files/uploads/${upload.id}/${encodeURIComponent(upload.fileName)}`;
  return { upload_url: url, file_url: url };
}

function baseOf({ settings }: World, http: FastifyRequest): string {
  return (settings.publicUrl ?? `http://${http.headers.host ?? 'localhost'}`).replace(/\/+$/, '');
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
