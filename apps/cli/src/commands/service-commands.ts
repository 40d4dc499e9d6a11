import type { ModelView } from '@reelay/contract';
import type { ListOf } from '../api-types.ts';
import { EXIT } from '../exit-codes.ts';
import { showUsd } from '../output/show-usd.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';

export function addServiceCommands({ program, run }: CommandFrame): void {
  program
    .command('models')
    .description('the models that jobs can use, with their prices')
    .action((_options, command) => run(command, listModels));
  program
    .command('stop-all')
    .description('submit nothing more for anybody, until start-all; what runs at fal goes on')
    .action((_options, command) =>
      run(command, (session) => setSubmitting(session, 'stop', 'stopped: nothing more is submitted until start-all')),
    );
  program
    .command('start-all')
    .description('take back stop-all')
    .action((_options, command) => run(command, (session) => setSubmitting(session, 'start', 'submitting again')));
}

async function listModels(session: Session) {
  const list = await session.client.get<ListOf<ModelView>>('/v1/models');
  session.document(list);
  const rows = list.data.map(({ id, title, default: isDefault, prices }) => [
    isDefault ? `${id} (default)` : id,
    title,
    priceWords(prices),
  ]);
  session.say(renderTable(['ID', 'TITLE', 'PRICE'], rows, session.paint));
  return EXIT.ok;
}

async function setSubmitting(session: Session, verb: 'stop' | 'start', said: string) {
  session.document(await session.client.send('POST', `/v1/admin/${verb}-all`));
  session.say(said);
  return EXIT.ok;
}

/** The newest version is the one that new jobs pay. */
function priceWords(prices: ModelView['prices']): string {
  const newest = prices.toSorted((a, b) => (a.valid_from < b.valid_from ? -1 : 1)).at(-1);
  if (!newest) return 'unknown';
  return Object.entries(newest.usd_per_unit)
    .map(([variant, usd]) => `${variant} ${showUsd(usd)}`)
    .join(', ')
    .concat(` per ${newest.unit}`);
}
