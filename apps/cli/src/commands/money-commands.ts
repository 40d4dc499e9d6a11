import path from 'node:path';
import type { Spend, Statement } from '@reelay/contract';
import { Option } from 'commander';
import type { ListOf } from '../api-types.ts';
import { saveExport } from '../batches/save-export.ts';
import { COMMAND } from '../command-name.ts';
import { EXIT } from '../exit-codes.ts';
import { showUsd } from '../output/show-usd.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';
import { integerOption } from './option-parsers.ts';

const GROUPINGS = ['day', 'batch', 'model', 'key', 'tag'] as const;
const FORMATS = ['csv', 'json', 'html'] as const;

interface SpendOptions {
  readonly by: (typeof GROUPINGS)[number];
  readonly from?: string;
  readonly to?: string;
  readonly batch?: string;
  readonly limit: number;
}

interface StatementOptions {
  readonly output?: string;
  readonly format?: (typeof FORMATS)[number];
}

export function addMoneyCommands({ program, run }: CommandFrame): void {
  program
    .command('spend')
    .description('what was spent, summed from the ledger')
    .addOption(new Option('--by <what>', 'what to sum by').choices(GROUPINGS).default('day'))
    .option('--from <time>', 'from this moment on, for instance 2026-11-01T00:00:00Z')
    .option('--to <time>', 'before this moment')
    .option('--batch <id>', 'only this batch')
    .option('--limit <n>', 'how many lines', integerOption(1, 1_000), 100)
    .action((options: SpendOptions, command) => run(command, (session) => showSpend(session, options)));
  program
    .command('statement <batch>')
    .description('what a batch cost, row by row, and the seal of the ledger')
    .option('-o, --output <file>', 'write the whole statement; - is the standard output')
    .addOption(new Option('--format <format>', "default: by the file's name, else csv").choices(FORMATS))
    .action((batch: string, options: StatementOptions, command) =>
      run(command, (session) => showStatement(session, batch, options)),
    );
}

async function showSpend(session: Session, { by, from, to, batch, limit }: SpendOptions) {
  const query = { group_by: by, from, to, batch_id: batch, limit };
  const list = await session.client.get<ListOf<Spend>>('/v1/spend', query);
  session.document(list);
  if (list.data.length === 0) session.say('nothing was spent yet');
  else {
    const rows = list.data.map((row) => [
      row.group ?? '(none)',
      String(row.jobs),
      String(row.attempts),
      showUsd(row.charged),
      showUsd(row.reserved),
    ]);
    session.say(renderTable([by.toUpperCase(), 'JOBS', 'ATTEMPTS', 'CHARGED', 'RESERVED'], rows, session.paint));
  }
  if (list.has_more) session.say(`there is more: give --limit up to 1000, or narrow it with --from and --to`);
  return EXIT.ok;
}

async function showStatement(session: Session, batch: string, { output, format }: StatementOptions) {
  const from = `/v1/batches/${encodeURIComponent(batch)}/statement`;
  if (output !== undefined) {
    await saveExport(session, output, from, { format: format ?? formatOf(output) });
    return EXIT.ok;
  }
  const statement = await session.client.get<Statement>(from);
  session.document(statement);
  session.say(statementText(session, statement));
  session.say(`\nrow by row: ${COMMAND} statement ${statement.batch_id} -o statement.html (or .csv, .json)`);
  return EXIT.ok;
}

function statementText({ paint }: Session, { totals, ledger, ...statement }: Statement): string {
  return renderFields(
    [
      ['batch', statement.batch_id],
      ['name', statement.name],
      ['issued', statement.issued_at],
      ['complete', statement.complete ? 'yes' : 'no: a row may still cost something, or its cost is not known'],
      ['rows', `${totals.rows}, in ${totals.attempts} attempts`],
      ['estimated', showUsd(totals.estimated)],
      ['charged', showUsd(totals.charged)],
      ['billed', totals.billed === null ? 'not known yet' : `${showUsd(totals.billed)} of what is known`],
      ['reserved', showUsd(totals.reserved)],
      ['cap', statement.cap === null ? 'none' : showUsd(statement.cap)],
      ['ledger', ledger.hash === null ? 'not sealed yet' : `${ledger.block}:${ledger.hash}`],
      ['unsealed', ledger.unsealed === 0 ? null : `${ledger.unsealed} entries`],
    ],
    paint,
  );
}

function formatOf(file: string): (typeof FORMATS)[number] {
  const extension = path.extname(file).toLowerCase();
  return FORMATS.find((format) => extension === `.${format}`) ?? 'csv';
}
