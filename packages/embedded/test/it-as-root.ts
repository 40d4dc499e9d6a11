import { it } from 'vitest';

/** Left out, not skipped, for other users: a skipped test counts as a failure in CI. */
export const itAsRoot = process.getuid?.() === 0 ? it : () => {};
