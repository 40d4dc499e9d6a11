/**
 * A row's own fields, beside the model's input. This table is all that knows them by name: header lines, cells, JSON rows,
 * defaults and errors files are derived from it, so that cells and JSON are held to the same rules.
 */
import { z } from 'zod';
import { parseUsd } from '../money/nano-usd.ts';
import { rowField } from './row-field.ts';

const CUSTOM_ID_MAX = 256;
const OUTPUT_NAME_MAX = 255;
const PRIORITY_MAX = 100;
const MAX_ATTEMPTS_MAX = 10;
const URL_MAX = 2048;

const httpUrl = z.url({ protocol: /^https?$/ }).max(URL_MAX);

/** By the name of the column, in the order of columns. In JSON, `retry.max_attempts` is `max_attempts` inside `retry`. */
export const ROW_FIELDS = {
  custom_id: rowField({
    key: 'customId',
    kind: 'text',
    code: 'invalid_custom_id',
    expectation: `text of 1 to ${CUSTOM_ID_MAX} characters`,
    none: null,
    hasDefault: false,
    read: (value) => (isText(value, CUSTOM_ID_MAX) ? value : undefined),
  }),
  output_name: rowField({
    key: 'outputName',
    kind: 'text',
    code: 'invalid_output_name',
    expectation: `a file name of 1 to ${OUTPUT_NAME_MAX} characters without slashes, leading dots or control characters`,
    none: null,
    hasDefault: false,
    read: (value) => (isText(value, OUTPUT_NAME_MAX) && !/[/\\]|^\.|\p{Control}/u.test(value) ? value : undefined),
  }),
  priority: rowField({
    key: 'priority',
    kind: 'integer',
    code: 'invalid_priority',
    expectation: `a whole number from ${-PRIORITY_MAX} to ${PRIORITY_MAX}`,
    none: 0,
    hasDefault: true,
    read: (value) => wholeFrom(value, -PRIORITY_MAX, PRIORITY_MAX),
  }),
  max_cost: rowField({
    key: 'maxCostNanoUsd',
    kind: 'text',
    code: 'invalid_max_cost',
    expectation: 'an amount of US dollars with at most nine decimals, written as text like "0.5"',
    none: null,
    hasDefault: true,
    read: (value) => (typeof value === 'string' ? (parseUsd(value) ?? undefined) : undefined),
  }),
  callback_url: rowField({
    key: 'callbackUrl',
    kind: 'text',
    code: 'invalid_url',
    expectation: `an http or https URL of at most ${URL_MAX} characters`,
    none: null,
    hasDefault: false,
    read: (value) => (typeof value === 'string' && httpUrl.safeParse(value).success ? value : undefined),
  }),
  'retry.max_attempts': rowField({
    key: 'maxAttempts',
    kind: 'integer',
    code: 'invalid_max_attempts',
    expectation: `a whole number from 1 to ${MAX_ATTEMPTS_MAX}`,
    none: 1,
    hasDefault: false,
    read: (value) => wholeFrom(value, 1, MAX_ATTEMPTS_MAX),
  }),
};

export type RowFieldName = keyof typeof ROW_FIELDS;

export type RowFields = {
  [Name in RowFieldName as (typeof ROW_FIELDS)[Name]['key']]: (typeof ROW_FIELDS)[Name]['none'];
};

export const ROW_FIELD_NAMES = Object.keys(ROW_FIELDS) as readonly RowFieldName[];

/** A row that says nothing, in a batch that says nothing. */
export const NO_ROW_FIELDS = Object.fromEntries(
  Object.values(ROW_FIELDS).map(({ key, none }) => [key, none]),
) as Readonly<RowFields>;

export function isRowFieldName(name: string): name is RowFieldName {
  return Object.hasOwn(ROW_FIELDS, name);
}

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= lengthMax;
}

/** Never -0, which no column holds. */
function wholeFrom(value: unknown, min: number, max: number): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) return undefined;
  return value === 0 ? 0 : value;
}
