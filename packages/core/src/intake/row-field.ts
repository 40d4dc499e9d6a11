/**
 * What there is to say about one field of a row: its place in a parsed row, how a value of it is judged and named when it
 * is wrong, and where it may come from. `row-fields.ts` says it of each, and everything that reads rows follows.
 */
import type { FieldKind } from './model-fields.ts';

interface RowFieldTerms<Key extends string, Value, None> {
  /** Under which a parsed row holds it. */
  readonly key: Key;
  /** What the text of a cell is read as. */
  readonly kind: FieldKind;
  readonly code: string;
  /** Completes "must be …". */
  readonly expectation: string;
  /** What a row has when neither it nor its batch says anything. */
  readonly none: None;
  /** Whether a batch's `defaults` may name it. */
  readonly hasDefault: boolean;
  /** Undefined when the value is not acceptable. */
  readonly read: (value: unknown) => Value | undefined;
}

export interface RowField<Key extends string, Value> extends Omit<RowFieldTerms<Key, Value, Value>, 'read'> {
  /** False when the value is not acceptable; then nothing is changed. */
  readonly put: (fields: Record<Key, Value>, value: unknown) => boolean;
}

export function rowField<const Key extends string, Value, None>({
  read,
  ...terms
}: RowFieldTerms<Key, Value, None>): RowField<Key, Value | None> {
  const put = (fields: Record<Key, Value | None>, value: unknown) => {
    const accepted = read(value);
    if (accepted === undefined) return false;
    fields[terms.key] = accepted;
    return true;
  };
  return { ...terms, put };
}
