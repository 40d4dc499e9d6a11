import { describe, expect, it } from 'vitest';
import { recognise } from './recognise.ts';

const deriveSeed = (jobId: string, n: number) => Number(jobId.slice(4)) * 1_000 + n;
const job = (jobId: string, attempts = 0, userSeed: number | null = null) => ({ jobId, attempts, userSeed });

describe('a listed request is recognised', () => {
  it('by the seed of an attempt that its job remembers', () => {
    expect(recognise(7_002, [job('job_3'), job('job_7', 2)], deriveSeed)).toEqual({ jobId: 'job_7', n: 2 });
  });

  it('by the seed of an attempt that its job has forgotten', () => {
    expect(recognise(7_004, [job('job_7', 1)], deriveSeed)).toEqual({ jobId: 'job_7', n: 4 });
  });

  it("by the user's own seed, whichever attempt it was", () => {
    expect(recognise(42, [job('job_7', 1, 41), job('job_8', 1, 42)], deriveSeed)).toEqual({ jobId: 'job_8', n: null });
  });
});

describe('a listed request is nobody’s', () => {
  it('when no attempt would have derived its seed', () => {
    expect(recognise(7_999, [job('job_7', 1)], deriveSeed)).toBeNull();
    expect(recognise(null, [job('job_7', 1)], deriveSeed)).toBeNull();
  });

  it('when the user gave another seed, even if one could be derived', () => {
    expect(recognise(7_001, [job('job_7', 1, 5)], deriveSeed)).toBeNull();
  });
});
