import { describe, expect, it } from 'vitest';
import { FaultDice } from './fault-dice.ts';
import { parseFaultTable } from './fault-table.ts';

const table = parseFaultTable({ 'webhook.lose': 0.3, 'submit.refuse_429': 0.3 });
const inputs = Array.from({ length: 5_000 }, (_, n) => `input ${n}`);
const struck = (dice: FaultDice, order: readonly string[]) =>
  new Set(order.filter((input) => dice.ask('submit.refuse_429', input)));

describe('FaultDice', () => {
  it('strikes about as often as the probability says', () => {
    const share = struck(new FaultDice(1, table), inputs).size / inputs.length;

    expect(share).toBeGreaterThan(0.27);
    expect(share).toBeLessThan(0.33);
  });

  it('strikes the same inputs in any order, and others with another seed', () => {
    const forwards = struck(new FaultDice(1, table), inputs);

    expect(struck(new FaultDice(1, table), inputs.toReversed())).toEqual(forwards);
    expect(struck(new FaultDice(2, table), inputs)).not.toEqual(forwards);
  });

  it('draws anew each time it is asked, but once for a request', () => {
    const dice = new FaultDice(1, table);
    const request = { inputSha256: 'a', ordinal: 0 };

    const asked = new Set(inputs.map(() => dice.ask('submit.refuse_429', 'a') !== undefined));
    const askedOnce = new Set(inputs.map(() => dice.askOnce('webhook.lose', request) !== undefined));

    expect(asked.size).toBe(2);
    expect(askedOnce.size).toBe(1);
  });

  it('never strikes with a fault that is not in the table', () => {
    const dice = new FaultDice(1, table);

    expect(inputs.some((input) => dice.ask('status.slow', input))).toBe(false);
  });
});
