/** The verdict for a person: figures first, then every claim, how to repeat it, and the count. */

import { countKinds } from './checks/all-struck.ts';
import { type Claim, holds } from './checks/claim.ts';
import type { Verdict } from './run-drill.ts';

const OFFENDERS_SHOWN = 20;

export function reportLines({ history, claims }: Verdict, wallMs: number): string[] {
  const { options, journal, hits, ledger } = history;
  const failed = claims.filter((each) => !holds(each)).length;
  return [
    '',
    `faults     ${countKinds(journal.entries.map(({ kind }) => kind))}`,
    `failpoints ${countKinds(hits.map(({ action }) => action))}`,
    `provider   ${ledger.length} accepted`,
    '',
    ...claims.flatMap(claimLines),
    '',
    'I7 callbacks: not sent by the product yet',
    `took ${Math.round(wallMs / 1_000)} s; again: npm run drill -- --seed ${options.seed} --minutes ${options.minutes} --jobs ${options.jobs} --backend ${options.backend}`,
    `${claims.length - failed} passed, ${failed} failed`,
  ];
}

function claimLines(each: Claim): string[] {
  const { invariant, text, figures, offenders } = each;
  const shown = offenders.slice(0, OFFENDERS_SHOWN).map((offender) => `      ${offender}`);
  const more = offenders.length - shown.length;
  return [
    `${holds(each) ? '✓' : '✗'} ${invariant.padEnd(5)} ${text}${figures === '' ? '' : ` (${figures})`}`,
    ...shown,
    ...(more > 0 ? [`      and ${more} more`] : []),
  ];
}
