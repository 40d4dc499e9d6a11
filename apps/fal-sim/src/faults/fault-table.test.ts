import { describe, expect, it } from 'vitest';
import { FaultTableError, parseFaultTable } from './fault-table.ts';

describe('parseFaultTable', () => {
  it.each([
    [0.25, { p: 0.25, amount: 300_000 }],
    [{ p: 0.5 }, { p: 0.5, amount: 300_000 }],
    [
      { p: 1, ms: 2_000 },
      { p: 1, amount: 2_000 },
    ],
  ])('reads webhook.late %j', (setting, fault) => {
    expect(parseFaultTable({ 'webhook.late': setting }).get('webhook.late')).toEqual(fault);
  });

  it.each([
    [{ 'webhook.loose': 1 }, /Unknown fault "webhook\.loose".*webhook\.lose/],
    [{ toString: 1 }, /Unknown fault "toString"/],
    [{ 'webhook.lose': 1.5 }, /Bad value for fault "webhook\.lose": 1\.5/],
    [{ 'webhook.lose': -0.1 }, /Bad value/],
    [{ 'webhook.lose': true }, /Bad value/],
    [{ 'webhook.lose': null }, /Bad value/],
    [{ 'webhook.lose': { p: 1, ms: 5 } }, /Give a probability from 0 to 1, or \{"p":0\.5\}/],
    [{ 'run.slow': { factor: 3 } }, /\{"p":0\.5,"factor":5\}/],
    [{ 'submit.hang_after_accept': { p: 1, ms: -5 } }, /Bad value.*Known faults: submit\.refuse_429/],
    [[], /must be a JSON object/],
    [null, /must be a JSON object/],
    ['x', /must be a JSON object/],
  ])('refuses %j', (settings, message) => {
    expect(() => parseFaultTable(settings)).toThrow(FaultTableError);
    expect(() => parseFaultTable(settings)).toThrow(message);
  });
});
