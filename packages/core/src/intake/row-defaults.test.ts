import { describe, expect, it } from 'vitest';
import { DEFAULT_MODEL_ID, findModel } from '../catalogue/catalogue.ts';
import { readDefaults, readOverrides } from './row-defaults.ts';

const model = findModel(DEFAULT_MODEL_ID);
if (!model) throw new Error('no default model');

const read = (values: Record<string, unknown>, more = {}) => readDefaults(model, { values, maxAttempts: 3, ...more });

describe('defaults', () => {
  it('are read from text as cells are, and from JSON as they are', () => {
    const expected = {
      input: { num_frames: 33, resolution: '480p' },
      priority: 5,
      maxCostNanoUsd: 500_000_000n,
      metadata: { k: 'v' },
    };

    expect(
      read({ num_frames: '33', resolution: '480p', priority: '5', max_cost: '0.5', 'metadata.k': 'v' }),
    ).toMatchObject({ kind: 'read', defaults: expected });
    expect(
      read({ num_frames: 33, resolution: '480p', max_cost: '0.5', 'metadata.k': 'v' }, { priority: 5 }),
    ).toMatchObject({ kind: 'read', defaults: expected });
  });

  it.each([
    ['a name that is none', { promt: 'x' }, {}, '/defaults/promt', 'unknown_field'],
    ['a value out of range', { num_frames: 500 }, {}, '/defaults/num_frames', 'invalid_default'],
    ['a value of another kind', { num_frames: 'x' }, {}, '/defaults/num_frames', 'invalid_default'],
    ['a priority out of range', { priority: '101' }, {}, '/defaults/priority', 'invalid_priority'],
    ['a NUL character', { prompt: 'a\0' }, {}, '/defaults/prompt', 'invalid_default'],
    ['a custom_id for all', { custom_id: 'x' }, {}, '/defaults/custom_id', 'unknown_field'],
    ['an option out of range', {}, { priority: 101 }, '/priority', 'invalid_priority'],
    ['too many attempts', {}, { maxAttempts: 99 }, '/retry/max_attempts', 'invalid_max_attempts'],
    ['a callback that is no URL', {}, { callbackUrl: 'x' }, '/callback_url', 'invalid_url'],
  ])('are refused for %s, with a pointer', (_, values, more, pointer, code) => {
    expect(read(values, more)).toMatchObject({ kind: 'invalid', problems: [{ pointer, code }] });
  });
});

describe('overrides', () => {
  it('are read as defaults are, and only for input fields', () => {
    expect(readOverrides(model, { num_frames: '33', resolution: '480p' })).toEqual({
      kind: 'read',
      input: { num_frames: 33, resolution: '480p' },
    });
  });

  it.each([
    ['a name that is none', { resolutoin: '480p' }, '/overrides/resolutoin', 'unknown_field'],
    ['a field of the row', { priority: '5' }, '/overrides/priority', 'unknown_field'],
    ['a value out of range', { num_frames: 500 }, '/overrides/num_frames', 'invalid_default'],
  ])('are refused for %s, with a pointer', (_, values, pointer, code) => {
    expect(readOverrides(model, values)).toMatchObject({ kind: 'invalid', problems: [{ pointer, code }] });
  });
});
