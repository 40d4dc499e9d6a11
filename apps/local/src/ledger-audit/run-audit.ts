import { existsSync } from 'node:fs';
import path from 'node:path';
import { type CliIo, EXIT, makePaint } from '@reelay/cli';
import { connectDb } from '@reelay/db';
import { embeddedDataRoot, startEmbeddedPostgres } from '@reelay/embedded';
import { auditLedger, type KnownHead } from '@reelay/engine';
import type { LocalConfig } from '../config.ts';
import { LocalError } from '../local-error.ts';
import { findProjectDir } from '../project-dir.ts';
import { auditDocument, auditText, holds } from './audit-text.ts';

export interface AuditFlags {
  readonly json: boolean;
  /** Heads that were given out before, to be found again. */
  readonly head: readonly KnownHead[];
}

const STATEMENT_MAX_MS = 3_600_000;

/**
 * Audits the database of DATABASE_URL, else the local one, also while it is in use, and changes nothing in it. Exit code 1
 * when something is wrong.
 */
export async function runAudit(config: LocalConfig, flags: AuditFlags, io: CliIo): Promise<number> {
  const server = await openServer(config);
  const db = connectDb({
    url: server.url,
    maxConnections: 2,
    applicationName: 'reelay-audit',
    statementTimeoutMs: STATEMENT_MAX_MS,
    onError: () => {},
  });
  try {
    const audit = await auditLedger({ db }, flags.head);
    const text = flags.json
      ? JSON.stringify(auditDocument(audit), null, 2)
      : auditText(audit, makePaint(io.stdout, io.config.colours));
    io.stdout.write(`${text}\n`);
    return holds(audit) ? EXIT.ok : EXIT.failure;
  } finally {
    await db.close();
    await server.stop();
  }
}

async function openServer(config: LocalConfig): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if (config.databaseUrl) return { url: config.databaseUrl, stop: async () => {} };
  const dataDir = path.join(embeddedDataRoot(findProjectDir()), config.falKey ? 'fal' : 'sim', 'postgres');
  if (!existsSync(dataDir)) {
    throw new LocalError(
      'there is no ledger here yet: run "npm start" first, or set DATABASE_URL to audit another one',
    );
  }
  const server = await startEmbeddedPostgres({ dataDir });
  return { url: server.url, stop: async () => (server.attached ? undefined : server.stop()) };
}
