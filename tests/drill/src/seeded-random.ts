/** Chance that repeats: the same seed and stream give the same draws, whatever else draws beside them. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  between(min: number, max: number): number;
  /** From 0 to below `count`. */
  index(count: number): number;
  pick<T>(items: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
}

export function seededRandom(seed: number, stream: string): Random {
  let state = mix(seed, stream);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const index = (count: number) => Math.floor(next() * count);
  return {
    next,
    index,
    between: (min, max) => min + next() * (max - min),
    pick: (items) => {
      const item = items[index(items.length)];
      if (item === undefined) throw new RangeError('there is nothing to pick from');
      return item;
    },
    shuffle: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item),
  };
}

function mix(seed: number, stream: string): number {
  let hash = 2_166_136_261 ^ seed;
  for (const letter of stream) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return hash | 0;
}
