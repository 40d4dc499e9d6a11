/** The allow list as a setting. */
import { z } from 'zod';
import { parseAllowList } from './allow-list.ts';

export const allowListSchema = z.string().transform((text, context) => {
  const read = parseAllowList(text);
  if (read.kind === 'read') return read.allow;
  context.addIssue(
    'must list hosts, host:port, addresses or CIDR ranges between commas, such as 127.0.0.0/8,sink:3000',
  );
  return z.NEVER;
});
