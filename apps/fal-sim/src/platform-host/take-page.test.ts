import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Page, takePage } from './take-page.ts';

it('shows every row once over all pages, in order, whatever the page size and the gaps', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (isShown, limit) => {
      const seen: number[] = [];
      const pages: number[][] = [];
      for (let from: number | null = 0; from !== null; ) {
        const page: Page<number> = takePage({ from, count: isShown.length }, limit, (slot) =>
          isShown[slot] ? slot : undefined,
        );
        pages.push(page.rows);
        seen.push(...page.rows);
        from = page.nextSlot;
      }

      expect(seen).toEqual(isShown.flatMap((shown, slot) => (shown ? [slot] : [])));
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(pages.length === 1 || pages.at(-1)?.length !== 0).toBe(true);
    }),
  );
});
