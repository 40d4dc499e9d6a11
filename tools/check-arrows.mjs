// Fails when an import or a dependency goes against the arrows of the house (tools/arrows/arrows.mjs).
import { fileURLToPath } from 'node:url';
import { findViolations } from './arrows/find-violations.mjs';
import { readRootTools, readWorkspaces } from './arrows/read-workspaces.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const violations = findViolations({ workspaces: readWorkspaces(root), rootTools: readRootTools(root) });

for (const violation of violations) console.error(violation);
if (violations.length > 0) process.exitCode = 1;
