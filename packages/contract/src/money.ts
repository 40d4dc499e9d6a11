import { parseUsd } from '@reelay/core';
import { z } from 'zod';

/** US dollars in a request: a decimal string, so that no float ever rounds it. */
export const usdSchema = z
  .string()
  .refine((text) => parseUsd(text) !== null, {
    error: 'must be US dollars as a decimal string with at most nine places, for instance "0.405"',
  })
  .meta({ examples: ['0.405'], description: 'US dollars as a decimal string.' });

/** US dollars in an answer. Null means: not known, which is never the same as "0". */
export const knownUsdSchema = z.string().meta({ examples: ['0.405'] });
export const maybeUsdSchema = knownUsdSchema.nullable();
