export function median(values) {
  return quantile(values, 0.5);
}

/** `share` of the values are no higher. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
