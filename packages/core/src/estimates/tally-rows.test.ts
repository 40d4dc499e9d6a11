import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MODEL_ID, findModel } from '../catalogue/catalogue.ts';
import { parseRowObject } from '../intake/parse-row-object.ts';
import type { ParsedRow } from '../intake/row-plan.ts';
import { formatUsd } from '../money/nano-usd.ts';
import { TAGS_SHOWN_MAX, TAGS_TRACKED_MAX, tallyRows } from './tally-rows.ts';

const model = findModel(DEFAULT_MODEL_ID);
if (!model) throw new Error('no default model');
const plan = { model, defaults: { input: {}, maxAttempts: 3, metadata: {} }, nowMs: Date.parse('2026-11-01') };

function rowOf(input: object, more: object = {}): ParsedRow {
  const outcome = parseRowObject(plan, {
    input: { video_url: 'https://a.example/1.mp4', prompt: 'p', ...input },
    ...more,
  });
  if (outcome.kind !== 'job') throw new Error(JSON.stringify(outcome.problems));
  return outcome.row;
}

function tallyOf(rows: readonly ParsedRow[]) {
  const tally = tallyRows(plan.model);
  for (const row of rows) tally.add(row);
  return tally.result();
}

describe('the price of rows', () => {
  it.each([
    [17, '720p', '0.085'],
    [161, '720p', '0.805'],
    [81, '580p', '0.30375'],
    [32, '480p', '0.08'],
  ])('%i frames at %s cost $%s', (num_frames, resolution, usd) => {
    expect(formatUsd(tallyOf([rowOf({ num_frames, resolution })]).costNanoUsd)).toBe(usd);
  });

  it('is at worst every attempt of every row', () => {
    const rows = [rowOf({ num_frames: 32 }), rowOf({ num_frames: 32 }, { retry: { max_attempts: 5 } })];

    expect(formatUsd(tallyOf(rows).worstCaseNanoUsd)).toBe('1.28');
  });

  it('sums to the whole over the resolutions, in the order of the price table', () => {
    const shape = fc.record({
      num_frames: fc.integer({ min: 17, max: 161 }),
      resolution: fc.constantFrom('480p', '580p', '720p'),
    });
    fc.assert(
      fc.property(fc.array(shape, { maxLength: 30 }), (inputs) => {
        const { rows, costNanoUsd, tiers } = tallyOf(inputs.map((input) => rowOf(input)));
        expect(tiers.reduce((sum, tier) => sum + tier.rows, 0)).toBe(rows);
        expect(tiers.reduce((sum, tier) => sum + tier.costNanoUsd, 0n)).toBe(costNanoUsd);
        expect(tiers.map(({ tier }) => tier)).toEqual(tiers.map(({ tier }) => tier).toSorted());
      }),
    );
  });
});

describe('tags', () => {
  it('count a row once for each of its own', () => {
    const { tags, otherTags } = tallyOf([
      rowOf({ num_frames: 32, resolution: '480p' }, { metadata: { set: 'a', kind: 'x' } }),
      rowOf({ num_frames: 32, resolution: '480p' }, { metadata: { set: 'a' } }),
      rowOf({}),
    ]);

    expect(tags).toEqual([
      { tag: 'set=a', rows: 2, costNanoUsd: 160_000_000n },
      { tag: 'kind=x', rows: 1, costNanoUsd: 80_000_000n },
    ]);
    expect(otherTags).toBeNull();
  });

  it('are bounded: what is not shown is summed, and nothing is lost', () => {
    const row = rowOf({ num_frames: 32, resolution: '480p' });
    const tally = tallyRows(plan.model);
    const count = TAGS_TRACKED_MAX + 50;
    for (let i = 0; i < count; i++) tally.add({ ...row, metadata: { clip: String(i) } });
    const { tags, otherTags } = tally.result();

    expect(tags).toHaveLength(TAGS_SHOWN_MAX);
    expect(otherTags).toEqual({
      rows: count - TAGS_SHOWN_MAX,
      costNanoUsd: BigInt(count - TAGS_SHOWN_MAX) * 80_000_000n,
    });
  });
});

describe('what fal does not document', () => {
  it('is named with the rows that it concerns, and only those', () => {
    const { unknowns } = tallyOf([
      rowOf({ num_frames: 32, resolution: '480p', num_interpolated_frames: 3 }),
      rowOf({ num_interpolated_frames: 3, interpolator_model: 'none' }),
      rowOf({}),
    ]);

    expect(unknowns).toMatchObject([{ code: 'interpolated_frames', rows: 1, costNanoUsd: 80_000_000n }]);
  });
});
