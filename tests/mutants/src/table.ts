import type { Verdict } from './judge.ts';
import { titleOf } from './mutant.ts';

const NAME = 34;
const CAUGHT_BY = 26;
const SAID = 110;

export function showHead(): void {
  console.log(row('mutant', 'caught by', 'seconds', 'what it said'));
}

export function showVerdict({ mutant, caughtBy, said, seconds }: Verdict): void {
  const by = caughtBy === null ? 'NOBODY' : titleOf(caughtBy);
  console.log(row(mutant.name, by, seconds.toFixed(0), said));
}

function row(name: string, by: string, seconds: string, said: string): string {
  const text = said.length > SAID ? `${said.slice(0, SAID - 1)}…` : said;
  return `${name.padEnd(NAME)} ${by.padEnd(CAUGHT_BY)} ${seconds.padStart(7)}  ${text}`;
}
