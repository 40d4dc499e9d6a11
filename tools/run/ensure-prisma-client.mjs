import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inProject } from './project-root.mjs';
import { runStep } from './step.mjs';

const SCHEMA = inProject('prisma/schema.prisma');
// Inside the generated folder, so that both go together.
const STAMP = inProject('packages/db/src/generated/.schema-hash');

export async function ensurePrismaClient() {
  if (!existsSync(SCHEMA)) return;
  const hash = hashInputs();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return;
  await runStep({
    title: 'Generating the database client',
    args: [inProject('tools/prisma.mjs'), 'generate'],
    advice: 'see what prisma/schema.prisma has wrong above, correct it and run the command again',
  });
  writeFileSync(STAMP, hash);
}

function hashInputs() {
  const inputs = [SCHEMA, inProject('node_modules/prisma/package.json')];
  return inputs.reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256')).digest('hex');
}
