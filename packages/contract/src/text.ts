import { z } from 'zod';

/** Ids of one kind: the prefix says what it is. Whether it exists is not a question of shape. */
export const idSchema = (prefix: string) => z.string().meta({ examples: [`${prefix}_01k9zq3v8w6d2m4n5p7r9s0t1v`] });

export const timeSchema = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC.' });

export const callbackUrlSchema = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2048)
  .meta({
    description:
      'Called when a job or batch changes. An https URL of a public host, unless the operator allows others.',
  });

const METADATA_KEYS_MAX = 16;

/** As OpenAI's: a few short strings that come back unchanged. */
export const metadataSchema = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((metadata) => Object.keys(metadata).length <= METADATA_KEYS_MAX, {
    error: `has more than ${METADATA_KEYS_MAX} keys`,
  })
  .meta({ description: `Up to ${METADATA_KEYS_MAX} strings of your own, returned unchanged.` });
