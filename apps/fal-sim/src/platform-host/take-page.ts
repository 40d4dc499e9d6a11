export interface Page<Row> {
  readonly rows: Row[];
  /** The slot of the first row that did not fit; null when there is none. */
  readonly nextSlot: number | null;
}

/** Reads slots from `fromSlot` on; a slot without a row to show gives undefined. */
export function takePage<Row>(
  slots: { readonly from: number; readonly count: number },
  limit: number,
  readSlot: (slot: number) => Row | undefined,
): Page<Row> {
  const rows: Row[] = [];
  for (let slot = slots.from; slot < slots.count; slot += 1) {
    const row = readSlot(slot);
    if (row === undefined) continue;
    if (rows.length === limit) return { rows, nextSlot: slot };
    rows.push(row);
  }
  return { rows, nextSlot: null };
}
