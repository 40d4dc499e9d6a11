/** The columns of a file without a header line: whatever its rows have named so far. */
import { type Column, columnsOf, findModel, modelFields } from '@reelay/core';
import type { ImportClaim } from '@reelay/db';
import { columnsSchema } from './upload-options.ts';

const NAMES_MAX = 512;

export interface GivenColumns {
  /** All columns when `names` holds a new one, else null. */
  widenedBy(names: ReadonlySet<string>): Column[] | null;
}

export function givenColumns({ batch }: ImportClaim): GivenColumns {
  const model = findModel(batch.model);
  const fields = model ? [...modelFields(model).keys()] : [];
  const known = new Set(columnsSchema.parse(batch.columns).map(({ header }) => header));
  return {
    widenedBy: (names) => {
      const before = known.size;
      for (const name of names) if (known.size < NAMES_MAX) known.add(name);
      return known.size > before ? columnsOf(known, fields) : null;
    },
  };
}
