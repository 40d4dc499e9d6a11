import { type Context, importRows } from '@reelay/engine';
import type { TaskVerdict } from '@reelay/queue';

/** Reads one uploaded file into jobs, from wherever the last try stopped. */
export async function processImport(context: Context, uploadId: string, arrived: () => void): Promise<TaskVerdict> {
  await importRows(context, uploadId);
  arrived();
  return { kind: 'done' };
}
