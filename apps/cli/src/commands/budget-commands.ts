import { type Command, Option } from 'commander';
import type { BudgetView, ListOf } from '../api-types.ts';
import { EXIT } from '../exit-codes.ts';
import { showUsd } from '../output/show-usd.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';
import { usdOption } from './option-parsers.ts';

const PERIODS = ['total', 'month', 'day', 'hour'];
const SCOPE = 'project, or key:ID for one of its API keys';

export function addBudgetCommands({ program, run }: CommandFrame): void {
  const budget = program.command('budget').description('limits on what a project or an API key may spend');
  budget
    .command('list')
    .description('every limit with what is spent of it')
    .action((_options, command) => run(command, (session) => show(session, session.client.get('/v1/budgets'))));
  withPeriod(budget.command('set'))
    .description('set the limit of a scope for a period')
    .argument('<scope>', SCOPE)
    .argument('<usd>', 'the limit, like 46.40', usdOption)
    .action((scope: string, limit: string, { period }: PeriodOption, command) =>
      run(command, (session) => show(session, session.client.send('PUT', budgetPath(scope), { limit, period }))),
    );
  withPeriod(budget.command('remove'))
    .description('take the limit of a scope for a period away')
    .argument('<scope>', SCOPE)
    .action((scope: string, { period }: PeriodOption, command) =>
      run(command, (session) =>
        show(session, session.client.send('DELETE', `${budgetPath(scope)}?period=${encodeURIComponent(period)}`)),
      ),
    );
}

interface PeriodOption {
  readonly period: string;
}

function withPeriod(command: Command): Command {
  const period = new Option('--period <period>', 'total never ends; the others are windows of UTC').choices(PERIODS);
  return command.addOption(period.default('total'));
}

async function show(session: Session, asked: Promise<ListOf<BudgetView>>) {
  const list = await asked;
  session.document(list);
  const rows = list.data.map((limit) => [
    limit.scope,
    limit.period,
    showUsd(limit.limit),
    showUsd(limit.spent),
    showUsd(limit.reserved),
    showUsd(limit.remaining),
    limit.resets_at ?? 'never',
  ]);
  const head = ['SCOPE', 'PERIOD', 'LIMIT', 'SPENT', 'RESERVED', 'LEFT', 'RESETS'];
  session.say(rows.length === 0 ? 'no limits' : renderTable(head, rows, session.paint));
  return EXIT.ok;
}

function budgetPath(scope: string): string {
  return `/v1/budgets/${encodeURIComponent(scope)}`;
}
