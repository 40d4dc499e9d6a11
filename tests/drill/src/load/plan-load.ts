/** Who sends what when: the whole load of a drill, drawn from its seed before it begins. */
import type { Random } from '../seeded-random.ts';
import { badCsvLine, CSV_HEADER, csvLine, makeRow } from './rows.ts';

interface At {
  readonly atMs: number;
  readonly key: string;
}

export type Sending =
  | (At & { readonly kind: 'job'; readonly tenant: 'own' | 'other'; readonly body: string })
  | (At & {
      readonly kind: 'rows';
      readonly tenant: 'own' | 'other';
      readonly body: string;
      readonly good: number;
      readonly bad: number;
    })
  | (At & {
      readonly kind: 'file';
      readonly tenant: 'own' | 'other';
      readonly body: string;
      readonly good: number;
      readonly bad: number;
      /** A strict file with a bad row is refused as a whole, once it has been read. */
      readonly strict: boolean;
    });

export interface Shares {
  readonly jobs: number;
  readonly durationMs: number;
}

const SINGLE_SHARE = 0.25;
const INLINE_SHARE = 0.35;
const BAD_SHARE = 0.02;
const SEND_EVERY_MS = 5_000;
const STRICT_EVERY_MS = 10_000;
const STRICT_ROWS = 8;
const NEIGHBOURS = { jobs: 6, rows: 8 };

export function planLoad(random: Random, shares: Shares): Sending[] {
  const { jobs, durationMs } = shares;
  const singles = Math.round(jobs * SINGLE_SHARE);
  const inline = Math.round(jobs * INLINE_SHARE);
  const batches = Math.max(3, Math.round(durationMs / SEND_EVERY_MS));
  const anyTime = () => random.between(0, durationMs);
  return [
    ...Array.from({ length: singles }, (_, i) => single(random, `single-${i + 1}`, anyTime(), 'own')),
    ...split(inline, batches).map((rows, i) =>
      inlineRows(random, `rows-${i + 1}`, spread(i, batches, durationMs), rows),
    ),
    ...split(jobs - singles - inline, batches).map((rows, i) =>
      file(random, `file-${i + 1}`, spread(i + 0.5, batches, durationMs), rows),
    ),
    ...Array.from({ length: Math.ceil(durationMs / STRICT_EVERY_MS) }, (_, i) =>
      strictFile(random, `strict-${i + 1}`, spread(i + 0.2, Math.ceil(durationMs / STRICT_EVERY_MS), durationMs)),
    ),
    ...Array.from({ length: NEIGHBOURS.jobs }, (_, i) => single(random, `other-${i + 1}`, anyTime(), 'other')),
    { ...inlineRows(random, 'other-rows', durationMs / 2, NEIGHBOURS.rows), tenant: 'other' as const },
  ].sort((a, b) => a.atMs - b.atMs);
}

export function single(random: Random, key: string, atMs: number, tenant: 'own' | 'other'): Sending {
  return { kind: 'job', key, atMs, tenant, body: JSON.stringify({ input: makeRow(random, key), custom_id: key }) };
}

function inlineRows(random: Random, key: string, atMs: number, count: number): Sending {
  const bad = Math.round(count * BAD_SHARE);
  const rows = Array.from({ length: count }, (_, i) => ({ input: makeRow(random, `${key}-${i + 1}`) }));
  const badRows = Array.from({ length: bad }, () => ({ input: { prompt: '' } }));
  const body = JSON.stringify({ name: key, rows: [...rows, ...badRows] });
  return { kind: 'rows', key, atMs, tenant: 'own', body, good: count, bad };
}

export function file(random: Random, key: string, atMs: number, count: number): Sending {
  const bad = Math.max(1, Math.round(count * BAD_SHARE));
  const lines = Array.from({ length: count }, (_, i) => csvLine(makeRow(random, `${key}-${i + 1}`)));
  const badLines = Array.from({ length: bad }, (_, i) => badCsvLine(`${key}-bad-${i + 1}`));
  const body = `${[CSV_HEADER, ...lines, ...badLines].join('\n')}\n`;
  return { kind: 'file', key, atMs, tenant: 'own', body, good: count, bad, strict: false };
}

export function strictFile(random: Random, key: string, atMs: number): Sending {
  const lines = Array.from({ length: STRICT_ROWS }, (_, i) => csvLine(makeRow(random, `${key}-${i + 1}`)));
  const body = `${[CSV_HEADER, ...lines, badCsvLine(key)].join('\n')}\n`;
  return { kind: 'file', key, atMs, tenant: 'own', body, good: STRICT_ROWS, bad: 1, strict: true };
}

function spread(place: number, places: number, durationMs: number): number {
  return (place / places) * durationMs;
}

/** Whole shares that add up. */
function split(total: number, parts: number): number[] {
  return Array.from(
    { length: parts },
    (_, i) => Math.floor(((i + 1) * total) / parts) - Math.floor((i * total) / parts),
  ).filter((share) => share > 0);
}
