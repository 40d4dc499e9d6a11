/** The verdict for a person: every claim, the figures, how to repeat it, and the count. */
import { type Claim, holds } from './checks/claim.ts';
import { countKinds } from './checks/count-kinds.ts';
import type { Recovery } from './checks/recovery.ts';
import type { WaitFigures } from './checks/time-to-next.ts';
import { FAULT_TEXTS, type FaultKind } from './faults/fault-kinds.ts';
import type { Figures } from './figures.ts';
import type { Verdict } from './run-drill.ts';

const OFFENDERS_SHOWN = 20;

export function reportLines({ history, claims }: Verdict, figures: Figures): string[] {
  const { options, hits } = history;
  const { unknowns } = figures;
  return [
    '',
    ...claims.flatMap(claimLines),
    '',
    `jobs       ${figures.jobs}; the provider accepted ${figures.accepted}`,
    `kill -9    ${showCounts(figures.kills)}`,
    `starts     ${showCounts(figures.starts)}`,
    `failpoints ${countKinds(hits.map(({ action }) => action))}`,
    `customers  ${figures.steps}`,
    `unknown    ${unknowns.unknown}: ${unknowns.adopted} adopted, ${unknowns.refuted} refuted, ${unknowns.inReview} in review; the provider had accepted ${unknowns.acceptedAtProvider}; ${figures.orphans} orphans`,
    '',
    ...Object.entries(figures.faults).map(([kind, count]) => `${pad(count)} × ${FAULT_TEXTS[kind as FaultKind]}`),
    '',
    'until the next acceptance and settlement, middle and longest, and of what another fault interrupted a lower bound:',
    ...figures.recovery.map(recoveryLine),
    '',
    `took ${figures.wallSeconds} s; again: npm run drill -- --seed ${options.seed} --minutes ${options.minutes} --jobs ${options.jobs} --backend ${options.backend}`,
    `${figures.passed} passed, ${figures.failed} failed`,
  ];
}

function claimLines(each: Claim): string[] {
  const { invariant, text, figures, offenders } = each;
  const shown = offenders.slice(0, OFFENDERS_SHOWN).map((offender) => `        ${offender}`);
  const more = offenders.length - shown.length;
  return [
    `${holds(each) ? '✓' : '✗'} ${invariant.padEnd(5)} ${text}${figures === '' ? '' : ` (${figures})`}`,
    ...shown,
    ...(more > 0 ? [`        and ${more} more`] : []),
  ];
}

function recoveryLine({ what, times, accepted, settled }: Recovery): string {
  return `${pad(times)} × ${what}: accepted ${showWaits(accepted)}; settled ${showWaits(settled)}`;
}

function showWaits({ whole, middleAndMost, interrupted, atLeast }: WaitFigures): string {
  const measured = middleAndMost ? [`${middleAndMost[0]} and ${middleAndMost[1]} ms (${whole})`] : [];
  const bounds = atLeast === null ? [] : [`at least ${atLeast} ms (${interrupted} interrupted)`];
  return [...measured, ...bounds].join(', ') || '-';
}

function showCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function pad(count: number): string {
  return String(count).padStart(4);
}
