/** One JSON object; its totals stand behind the rows, because they are their sums. */
import { type StatementFacts, type StatementRowView, statementHead, totalling } from './statement-view.ts';

export async function* statementJson(facts: StatementFacts, pages: AsyncIterable<readonly StatementRowView[]>) {
  const { add, totals } = totalling();
  yield `${JSON.stringify(statementHead(facts)).slice(0, -1)},"rows":[`;
  let isFirst = true;
  for await (const page of pages) {
    add(page);
    yield (isFirst ? '' : ',') + page.map(({ amounts: _, ...row }) => JSON.stringify(row)).join(',');
    isFirst = false;
  }
  yield `],"totals":${JSON.stringify(totals())}}\n`;
}
