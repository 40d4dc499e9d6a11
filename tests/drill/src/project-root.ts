import { fileURLToPath } from 'node:url';

/** Compiled or not, this file lies three folders below it. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../..', import.meta.url));
