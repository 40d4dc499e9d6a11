/** A row's own fields, beside the model's input: what each takes. Cells and JSON rows are held to the same rules. */
import { z } from 'zod';
import { type NanoUsd, parseUsd } from '../money/nano-usd.ts';

export const CUSTOM_ID_MAX = 256;
export const OUTPUT_NAME_MAX = 255;
export const PRIORITY_MAX = 100;
export const MAX_ATTEMPTS_MAX = 10;
const URL_MAX = 2048;

export interface RowFields {
  customId: string | null;
  priority: number;
  maxCostNanoUsd: NanoUsd | null;
  maxAttempts: number;
  outputName: string | null;
  callbackUrl: string | null;
}

export interface RowField {
  readonly code: string;
  /** Completes "must be …". */
  readonly expectation: string;
  /** False when the value is not acceptable; then nothing is changed. */
  readonly put: (fields: RowFields, value: unknown) => boolean;
}

const httpUrl = z.url({ protocol: /^https?$/ }).max(URL_MAX);

export const ROW_FIELDS = {
  custom_id: {
    code: 'invalid_custom_id',
    expectation: `text of 1 to ${CUSTOM_ID_MAX} characters`,
    put: (fields, value) => {
      if (!isText(value, CUSTOM_ID_MAX)) return false;
      fields.customId = value;
      return true;
    },
  },
  priority: {
    code: 'invalid_priority',
    expectation: `a whole number from ${-PRIORITY_MAX} to ${PRIORITY_MAX}`,
    put: (fields, value) => {
      if (!isWhole(value, -PRIORITY_MAX, PRIORITY_MAX)) return false;
      fields.priority = value === 0 ? 0 : value;
      return true;
    },
  },
  max_cost: {
    code: 'invalid_max_cost',
    expectation: 'an amount of US dollars with at most nine decimals, written as text like "0.5"',
    put: (fields, value) => {
      const amount = typeof value === 'string' ? parseUsd(value) : null;
      if (amount === null) return false;
      fields.maxCostNanoUsd = amount;
      return true;
    },
  },
  output_name: {
    code: 'invalid_output_name',
    expectation: `a file name of 1 to ${OUTPUT_NAME_MAX} characters without slashes, leading dots or control characters`,
    put: (fields, value) => {
      if (!isText(value, OUTPUT_NAME_MAX) || /[/\\]|^\.|\p{Control}/u.test(value)) return false;
      fields.outputName = value;
      return true;
    },
  },
  callback_url: {
    code: 'invalid_url',
    expectation: `an http or https URL of at most ${URL_MAX} characters`,
    put: (fields, value) => {
      if (typeof value !== 'string' || !httpUrl.safeParse(value).success) return false;
      fields.callbackUrl = value;
      return true;
    },
  },
  'retry.max_attempts': {
    code: 'invalid_max_attempts',
    expectation: `a whole number from 1 to ${MAX_ATTEMPTS_MAX}`,
    put: (fields, value) => {
      if (!isWhole(value, 1, MAX_ATTEMPTS_MAX)) return false;
      fields.maxAttempts = value;
      return true;
    },
  },
} as const satisfies Record<string, RowField>;

export type RowFieldName = keyof typeof ROW_FIELDS;

function isText(value: unknown, lengthMax: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= lengthMax;
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}
