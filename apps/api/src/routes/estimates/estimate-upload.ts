import type { EstimateOptions } from '@reelay/contract';
import { type EstimateView, estimateFile } from '@reelay/engine';
import type { Door } from '../../app.ts';
import { refusedFile } from '../../error-map.ts';
import { given } from '../answers.ts';
import type { Upload } from '../imports/upload.ts';
import { uploadTermsOf } from '../terms.ts';

/** What a file would cost, read while it arrives. Nothing is stored. */
export async function estimateUpload(door: Door, upload: Upload, options: EstimateOptions): Promise<EstimateView> {
  const report = await estimateFile(door.context, {
    format: upload.format,
    options: uploadTermsOf(door, options),
    source: upload.source,
    maxBytes: door.uploadBytesMax,
    ...given({ overrides: options.overrides }),
  });
  if (report.kind === 'refused') throw refusedFile(report.problem);
  return report.estimate;
}
