/**
 * What rows cost together, and which of them: per price tier, per tag, and apart those whose price fal does not fully
 * document. The worst case is that every row uses all its attempts that its max_cost can pay for, and fal bills each of them in full.
 */
import type { Model } from '../catalogue/model.ts';
import type { ParsedRow } from '../intake/row-plan.ts';
import type { NanoUsd } from '../money/nano-usd.ts';
import { worstCaseOf } from './worst-case.ts';

export interface Share {
  readonly rows: number;
  readonly costNanoUsd: NanoUsd;
}

export interface RowsTally extends Share {
  readonly worstCaseNanoUsd: NanoUsd;
  /** In the order of the price table. */
  readonly tiers: readonly (Share & { readonly tier: string })[];
  /** `key=value` of the metadata, dearest first. A row counts once for each of its tags. */
  readonly tags: readonly (Share & { readonly tag: string })[];
  /** All other tags together; null when there are none. */
  readonly otherTags: Share | null;
  /** `costNanoUsd` is the list price of these rows: what they really cost is not known. */
  readonly unknowns: readonly (Share & { readonly code: string; readonly field: string; readonly message: string })[];
}

export interface TallySoFar {
  add(row: ParsedRow): void;
  result(): RowsTally;
}

/** More tags than this are counted together as they come. */
export const TAGS_TRACKED_MAX = 10_000;
export const TAGS_SHOWN_MAX = 100;

export function tallyRows(model: Model): TallySoFar {
  let worstCaseNanoUsd = 0n;
  const all = new Sums();
  const tiers = new Sums();
  const tags = new Sums();
  const unknowns = new Sums();
  return {
    add: (row) => {
      const { input, metadata, estimatedNanoUsd } = row;
      worstCaseNanoUsd += worstCaseOf(row);
      all.add('', estimatedNanoUsd);
      tiers.add(model.priceTier(input), estimatedNanoUsd);
      for (const [key, value] of Object.entries(metadata)) {
        const tag = `${key}=${value}`;
        tags.add(tags.has(tag) || tags.size < TAGS_TRACKED_MAX ? tag : UNTRACKED, estimatedNanoUsd);
      }
      for (const unknown of model.priceUnknowns) {
        if (unknown.appliesTo(input)) unknowns.add(unknown.code, estimatedNanoUsd);
      }
    },
    result: () => ({
      ...all.of(''),
      worstCaseNanoUsd,
      tiers: inTableOrder(model, tiers),
      ...shownTags(tags),
      unknowns: model.priceUnknowns
        .map(({ code, field, message }) => ({ code, field, message, ...unknowns.of(code) }))
        .filter(({ rows }) => rows > 0),
    }),
  };
}

/** No tag: metadata keys are never empty. */
const UNTRACKED = '';

class Sums {
  readonly #shares = new Map<string, Share>();

  add(name: string, costNanoUsd: NanoUsd): void {
    const { rows, costNanoUsd: cost } = this.of(name);
    this.#shares.set(name, { rows: rows + 1, costNanoUsd: cost + costNanoUsd });
  }

  of(name: string): Share {
    return this.#shares.get(name) ?? { rows: 0, costNanoUsd: 0n };
  }

  has(name: string): boolean {
    return this.#shares.has(name);
  }

  get size(): number {
    return this.#shares.size;
  }

  entries(): [string, Share][] {
    return [...this.#shares];
  }
}

function inTableOrder(model: Model, tiers: Sums): RowsTally['tiers'] {
  const table = Object.keys(model.prices[0]?.usdPerUnit ?? {});
  const place = (tier: string) => (table.includes(tier) ? table.indexOf(tier) : table.length);
  return tiers
    .entries()
    .map(([tier, share]) => ({ tier, ...share }))
    .sort((a, b) => place(a.tier) - place(b.tier));
}

function shownTags(tags: Sums): Pick<RowsTally, 'tags' | 'otherTags'> {
  const sorted = tags
    .entries()
    .filter(([tag]) => tag !== UNTRACKED)
    .map(([tag, share]) => ({ tag, ...share }))
    .sort((a, b) => Number(b.costNanoUsd - a.costNanoUsd) || (a.tag < b.tag ? -1 : 1));
  const rest = [...sorted.slice(TAGS_SHOWN_MAX), tags.of(UNTRACKED)];
  const otherTags = {
    rows: rest.reduce((sum, { rows }) => sum + rows, 0),
    costNanoUsd: rest.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n),
  };
  return { tags: sorted.slice(0, TAGS_SHOWN_MAX), otherTags: otherTags.rows > 0 ? otherTags : null };
}
