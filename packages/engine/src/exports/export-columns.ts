import { type Column, columnsOf, findModel, modelFields } from '@reelay/core';
import { columnsSchema } from '../intake/upload-options.ts';

/** The batch's own columns in their order; for a batch that was stored without any, all that its model takes. */
export function exportColumns(batch: { readonly model: string; readonly columns: unknown }): readonly Column[] {
  const stored = columnsSchema.safeParse(batch.columns);
  if (stored.success && stored.data.length > 0) return stored.data;
  const model = findModel(batch.model);
  const fields = model ? [...modelFields(model).keys()] : [];
  return columnsOf(new Set(['custom_id', ...fields]), fields);
}
