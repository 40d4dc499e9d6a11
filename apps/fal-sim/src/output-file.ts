import type { OutputFile } from './models/model.ts';
import { sampleMp4 } from './sample-mp4.ts';
import type { SimRequest } from './sim-request.ts';

/** The clip a request makes, under an address of its own. */
export function outputFileOf(request: SimRequest, publicUrl: string | undefined): OutputFile {
  const base = publicUrl ?? request.baseUrl;
  return {
    url: `${base.replace(/\/+$/, '')}/files/b/${request.id.slice(0, 8)}/${request.id}.mp4`,
    content_type: 'video/mp4',
    file_name: `${request.id}.mp4`,
    file_size: sampleMp4.length,
  };
}
