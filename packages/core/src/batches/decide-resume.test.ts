import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PAUSE_REASONS } from './batch-states.ts';
import { decideResume } from './decide-resume.ts';

const facts = fc.record({
  pauses: fc.subarray([...PAUSE_REASONS]),
  inProgress: fc.boolean(),
  pilotHolds: fc.boolean(),
});

it('never lifts what others have set', () => {
  fc.assert(
    fc.property(facts, (all) => {
      const others = ['budget', 'provider_balance', 'provider_down', 'stopped', 'observe'];
      expect(decideResume(all).lift.filter((reason) => others.includes(reason))).toEqual([]);
    }),
  );
});

it('releases a pilot that has ended, or that nothing else holds, and never beside another pause of a person or brake', () => {
  fc.assert(
    fc.property(facts, (all) => {
      const { releasesPilot, lift } = decideResume(all);
      const stopped = all.pauses.some((reason) => ['user', 'waste', 'error_rate'].includes(reason));
      const isFree = all.pauses.includes('pilot') || all.pauses.length === 0;
      expect(releasesPilot).toBe(all.inProgress && all.pilotHolds && !stopped && isFree);
      expect(lift.includes('pilot')).toBe(releasesPilot);
    }),
  );
});

it('counts anew after a brake, and not after a pause of one’s own', () => {
  const on = { inProgress: true, pilotHolds: true };
  expect(decideResume({ ...on, pauses: ['user'] }).restartsBrakes).toBe(false);
  expect(decideResume({ ...on, pauses: ['error_rate'] }).restartsBrakes).toBe(true);
  expect(decideResume({ ...on, pauses: ['pilot'] }).restartsBrakes).toBe(false);
});
