import { describe, expect, it } from 'vitest';
import { planDrill } from '../plan-drill.ts';
import { seededRandom } from '../seeded-random.ts';
import { faultKinds } from './fault-kinds.ts';
import { MEASURED_KINDS } from './measured-kinds.ts';
import { FAILPOINT_NAMES } from './plan-failpoints.ts';
import { planFaults } from './plan-faults.ts';

const OPTIONS = { seed: 7, minutes: 1, jobs: 600, backend: 'redis', json: undefined, keep: false } as const;

describe('the plan of a drill', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planDrill(OPTIONS)).toEqual(planDrill(OPTIONS));
    expect(planDrill(OPTIONS).faults).not.toEqual(planDrill({ ...OPTIONS, seed: 8 }).faults);
  });

  it.each(['redis', 'postgres'] as const)('has every kind of fault and every failpoint, on %s too', (backend) => {
    for (let seed = 0; seed < 50; seed++) {
      const { faults, failpoints } = planDrill({ ...OPTIONS, seed, backend });
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds(backend)));
      expect(new Set(failpoints.map(({ name }) => name))).toEqual(new Set(FAILPOINT_NAMES));
    }
  });

  it('kills no API so late that everybody would wait for its leases', () => {
    for (let seed = 0; seed < 50; seed++) {
      const planned = planFaults(seededRandom(seed, 'faults'), { durationMs: 60_000, backend: 'redis' });
      const late = planned.filter(({ kind, atMs }) => kind === 'api.kill' && atMs > 40_000);
      expect(late).toEqual([]);
    }
  });

  it('leaves a quiet time after the first of each kind whose recovery is measured', () => {
    for (let seed = 0; seed < 50; seed++) {
      const planned = planFaults(seededRandom(seed, 'faults'), { durationMs: 180_000, backend: 'redis' });
      const meanMs = ((planned.at(-1)?.atMs ?? 0) - (planned[0]?.atMs ?? 0)) / (planned.length - 1);
      const quietMs = [...MEASURED_KINDS.keys()].map((kind) => {
        const first = planned.findIndex((fault) => fault.kind === kind);
        return (planned[first + 1]?.atMs ?? 0) - (planned[first]?.atMs ?? 0);
      });
      expect(Math.min(...quietMs)).toBeGreaterThan(0.9 * meanMs);
    }
  });

  it('sends as many jobs as were asked for', () => {
    const own = planDrill(OPTIONS).sendings.filter(({ tenant, ...sending }) => tenant === 'own' && !isStrict(sending));
    const jobs = own.reduce((sum, sending) => sum + (sending.kind === 'job' ? 1 : sending.good), 0);
    expect(jobs).toBe(600);
  });
});

function isStrict(sending: object): boolean {
  return 'strict' in sending && sending.strict === true;
}
