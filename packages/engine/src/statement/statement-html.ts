/** A page to be printed: no script, no image, nothing from elsewhere; everything that came from a user is escaped. */
import escapeHtml from 'escape-html';
import { reasonsOf, requestsOf } from './statement-csv.ts';
import { type StatementFacts, type StatementRowView, statementHead, totalling } from './statement-view.ts';

const STYLE = `
body { font: 13px/1.4 system-ui, sans-serif; margin: 2rem; color: #111 }
h1 { font-size: 1.3rem } dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
dt { color: #666 } dd { margin: 0; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } th, td { padding: .2rem .5rem; text-align: left; border-bottom: 1px solid #ddd; vertical-align: top }
thead { display: table-header-group } tr { break-inside: avoid } tfoot td { font-weight: 600; border-top: 2px solid #111 }
.n { text-align: right; font-variant-numeric: tabular-nums } .id { font-family: ui-monospace, monospace; font-size: 11px }
@media print { body { margin: 0 } }`;

const HEAD_CELLS = [
  'Line',
  'Name',
  'Job',
  'Status',
  'Estimated',
  'Reserved',
  'Charged',
  'Billed',
  'Differs by',
  'Attempts',
  'fal requests',
];

export async function* statementHtml(facts: StatementFacts, pages: AsyncIterable<readonly StatementRowView[]>) {
  const { add, totals } = totalling();
  yield openingOf(facts);
  for await (const page of pages) {
    add(page);
    yield page.map(rowHtml).join('');
  }
  const { rows, attempts, estimated, reserved, charged, billed } = totals();
  const sums = [estimated, reserved, charged, billed].map(moneyCell).join('');
  yield `</tbody><tfoot><tr><td colspan="4">${rows} rows</td>${sums}<td></td><td class="n">${attempts}</td><td></td></tr></tfoot>`;
  yield '</table></body></html>\n';
}

function openingOf(facts: StatementFacts): string {
  const head = statementHead(facts);
  const title = `Statement of ${head.name ?? head.batch_id}`;
  const seal =
    head.ledger.hash === null
      ? 'the ledger has no sealed block yet'
      : `${head.ledger.block}:${head.ledger.hash} (${head.ledger.unsealed} entries not sealed yet)`;
  const fields: readonly (readonly [string, string])[] = [
    ['Batch', head.batch_id],
    ['Model', head.model],
    ['Created', head.created_at],
    ['Issued', head.issued_at],
    ['Complete', head.complete ? 'yes' : 'no: a row may still cost something, or its cost is not known'],
    ['Cap', head.cap === null ? 'none' : dollars(head.cap)],
    ['Rejected rows', String(head.rejected_rows)],
    ['Ledger head', seal],
  ];
  const list = fields.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('');
  const columns = HEAD_CELLS.map((cell) => `<th>${cell}</th>`).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}
</style></head><body><h1>${escapeHtml(title)}</h1><dl>${list}</dl><table><thead><tr>${columns}</tr></thead><tbody>`;
}

function rowHtml(row: StatementRowView): string {
  return `<tr><td class="n">${row.line ?? ''}</td><td>${escapeHtml(row.custom_id ?? '')}</td><td class="id">${row.job_id}</td>
<td>${row.status}</td>${moneyOf(row)}
<td>${escapeHtml(reasonsOf(row))}</td><td class="n">${row.attempts.length}</td><td class="id">${escapeHtml(requestsOf(row))}</td></tr>`;
}

function moneyOf({ estimated, reserved, charged, billed }: StatementRowView): string {
  return [estimated, reserved, charged, billed].map(moneyCell).join('');
}

function moneyCell(amount: string | null): string {
  return `<td class="n">${amount === null ? 'not known' : dollars(amount)}</td>`;
}

/** Never rounded: at least the cents, and more places where the amount has them. */
function dollars(usd: string): string {
  const [whole = '0', fraction = ''] = usd.split('.');
  return `$${whole}.${fraction.padEnd(2, '0')}`;
}
