// Who may import whom, as docs/architecture.md draws it.

/** For every room the rooms it may import; a room that is not listed is refused until it gets its line. */
export const ARROWS = {
  core: [],
  runtime: [],
  embedded: [],
  outbound: [],
  'fal-sim': [],
  contract: ['core'],
  db: ['core'],
  queue: ['core'],
  fal: ['core'],
  engine: ['core', 'db', 'queue', 'fal', 'outbound'],
  api: ['engine', 'contract', 'core', 'outbound', 'runtime'],
  worker: ['engine', 'queue', 'core', 'outbound', 'runtime'],
  cli: ['contract', 'core'],
  dashboard: ['contract', 'core'],
  testkit: 'anything',
  local: 'anything',
};

/** An app's run.ts builds the context that engine works with, each part once, and hands it on. */
export const RUN_MAY_ALSO_IMPORT = {
  api: ['db', 'queue', 'fal'],
  worker: ['db', 'queue', 'fal'],
};

/** Foreign things with one address each, so that an upgrade or an outage has one too. */
export const OWNED_PACKAGES = [
  { pattern: /^@prisma\//, owner: 'db' },
  { pattern: /^pg-copy-streams$/, owner: 'db' },
  { pattern: /^(bullmq|ioredis)(-|$)/, owner: 'queue' },
  { pattern: /^@fal-ai\//, owner: 'fal' },
];

/** All that the rules may use; everything else would bring the outside in. */
export const CORE_DEPENDENCIES = ['zod'];
