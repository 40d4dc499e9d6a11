import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatUsd, parseUsd } from '../../money/nano-usd.ts';
import { WAN_2_2_VIDEO_TO_VIDEO as WAN } from './wan-2.2-video-to-video.ts';

interface Field {
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  readonly default?: unknown;
  readonly range?: readonly [number, number];
  readonly options?: readonly string[];
}

/** fal's model card, field by field, in its order. */
const CARD: Readonly<Record<string, Field>> = {
  video_url: { type: 'string' },
  prompt: { type: 'string' },
  strength: { type: 'number', default: 0.9, range: [0, 1] },
  num_frames: { type: 'integer', default: 81, range: [17, 161] },
  frames_per_second: { type: 'integer', default: 16, range: [4, 60] },
  negative_prompt: { type: 'string', default: '' },
  seed: { type: 'integer' },
  resolution: { type: 'string', default: '720p', options: ['480p', '580p', '720p'] },
  aspect_ratio: { type: 'string', default: 'auto', options: ['auto', '16:9', '9:16', '1:1'] },
  num_inference_steps: { type: 'integer', default: 27, range: [2, 40] },
  enable_safety_checker: { type: 'boolean', default: false },
  enable_output_safety_checker: { type: 'boolean', default: false },
  enable_prompt_expansion: { type: 'boolean', default: false },
  acceleration: { type: 'string', default: 'regular', options: ['none', 'regular'] },
  guidance_scale: { type: 'number', default: 3.5, range: [1, 10] },
  guidance_scale_2: { type: 'number', default: 4, range: [1, 10] },
  shift: { type: 'number', default: 5, range: [1, 10] },
  interpolator_model: { type: 'string', default: 'film', options: ['none', 'film', 'rife'] },
  num_interpolated_frames: { type: 'integer', default: 1, range: [0, 4] },
  adjust_fps_for_interpolation: { type: 'boolean', default: true },
  video_quality: { type: 'string', default: 'high', options: ['low', 'medium', 'high', 'maximum'] },
  video_write_mode: { type: 'string', default: 'balanced', options: ['fast', 'balanced', 'small'] },
  resample_fps: { type: 'boolean', default: false },
};

const REQUIRED = { video_url: 'https://media.example.com/clip.mp4', prompt: 'a cat washes its face' };
const FIELDS = Object.entries(CARD);
const DEFAULTS = Object.fromEntries(
  FIELDS.filter(([, field]) => 'default' in field).map(([name, field]) => [name, field.default]),
);
const accepts = (change: Record<string, unknown>) => WAN.input.safeParse({ ...REQUIRED, ...change }).success;

const schema = z.toJSONSchema(WAN.input, { io: 'input' });
const shown = (name: string) => (schema.properties?.[name] ?? {}) as Record<string, unknown>;

describe('the input', () => {
  it("has the card's 23 fields in its order, two of them required", () => {
    expect(FIELDS).toHaveLength(23);
    expect(Object.keys(schema.properties ?? {})).toEqual(Object.keys(CARD));
    expect(schema.required).toEqual(['video_url', 'prompt']);
  });

  it("is completed with exactly the card's defaults, and no seed", () => {
    expect(WAN.input.parse(REQUIRED)).toEqual({ ...REQUIRED, ...DEFAULTS });
  });

  it.each(FIELDS)('%s shows the type, default, range and options of the card', (name, field) => {
    expect(shown(name)).toMatchObject({
      type: field.type,
      ...('default' in field ? { default: field.default } : {}),
      ...(field.range ? { minimum: field.range[0], maximum: field.range[1] } : {}),
      ...(field.options ? { enum: field.options } : {}),
    });
    expect('default' in shown(name)).toBe('default' in field);
    expect('enum' in shown(name)).toBe('options' in field);
  });

  it.each(FIELDS)('%s is explained to a person', (name) => {
    expect(shown(name).description).toMatch(/^[A-Z].{10,}\.$/);
  });

  it('refuses a field that the card does not have, by its name', () => {
    const outcome = WAN.input.safeParse({ ...REQUIRED, num_frame: 81 });

    expect(outcome.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['num_frame'] }]);
  });
});

describe('ranges', () => {
  const ranged = FIELDS.flatMap(([name, { type, range }]) =>
    range ? [{ name, type, low: range[0], high: range[1] }] : [],
  );

  it.each(ranged)('$name takes $low to $high and nothing beyond', ({ name, type, low, high }) => {
    const step = type === 'integer' ? 1 : 0.01;

    expect([low, high].map((value) => accepts({ [name]: value }))).toEqual([true, true]);
    expect([low - step, high + step].map((value) => accepts({ [name]: value }))).toEqual([false, false]);
  });

  it.each(ranged.filter(({ type }) => type === 'integer'))('$name takes whole numbers only', ({ name, low }) => {
    expect(accepts({ [name]: low + 0.5 })).toBe(false);
  });

  it.each(ranged)('$name takes no text and no missing number', ({ name, low }) => {
    expect([String(low), null, Number.NaN].map((value) => accepts({ [name]: value }))).toEqual([false, false, false]);
  });
});

describe('options', () => {
  const optioned = FIELDS.flatMap(([name, { options }]) => (options ? [{ name, options }] : []));

  it.each(optioned)('$name takes each of $options and no other', ({ name, options }) => {
    expect(options.every((option) => accepts({ [name]: option }))).toBe(true);
    expect(['', 'other', options[0]?.toUpperCase()].some((option) => accepts({ [name]: option }))).toBe(false);
  });

  it.each(FIELDS.filter(([, { type }]) => type === 'boolean'))('%s takes true and false, and no text', (name) => {
    expect([true, false, 'true', 1].map((value) => accepts({ [name]: value }))).toEqual([true, true, false, false]);
  });
});

describe('what must be given', () => {
  it.each([
    '',
    '   ',
    'clip.mp4',
    '/clip.mp4',
    'ftp://media.example.com/clip.mp4',
    'file:///etc/passwd',
    'data:video/mp4;base64,AA',
    null,
  ])('video_url is not %j', (video_url) => {
    expect(accepts({ video_url })).toBe(false);
  });

  it.each(['', ' \n ', null, 7])('prompt is not %j', (prompt) => {
    expect(accepts({ prompt })).toBe(false);
  });

  it('seed is a whole number that JSON carries exactly', () => {
    expect([0, 42, Number.MAX_SAFE_INTEGER].map((seed) => accepts({ seed }))).toEqual([true, true, true]);
    expect([-1, 1.5, 2 ** 53, '42'].map((seed) => accepts({ seed }))).toEqual([false, false, false, false]);
  });
});

describe('the cost', () => {
  const cost = (num_frames: number, resolution: string) => WAN.cost({ num_frames, resolution }, price());
  const price = () => WAN.prices[0] ?? expect.fail('no price');

  it.each([
    [17, '720p', '0.085'],
    [81, '720p', '0.405'],
    [161, '720p', '0.805'],
    [17, '580p', '0.06375'],
    [81, '580p', '0.30375'],
    [161, '580p', '0.60375'],
    [17, '480p', '0.0425'],
    [81, '480p', '0.2025'],
    [161, '480p', '0.4025'],
    [16, '720p', '0.08'],
  ])('of %i frames in %s is $%s', (frames, resolution, usd) => {
    expect(formatUsd(cost(frames, resolution))).toBe(usd);
  });

  it('is exact for every input: sixteen times it is frames times the price of a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 161 }), fc.constantFrom('480p', '580p', '720p'), (frames, resolution) => {
        const perSecond = parseUsd(price().usdPerUnit[resolution] ?? '') ?? 0n;
        return cost(frames, resolution) * 16n === perSecond * BigInt(frames);
      }),
    );
  });

  it('has a price for every resolution that the input takes', () => {
    expect(Object.keys(price().usdPerUnit)).toEqual(CARD.resolution?.options);
  });

  it.each([
    ['an unknown resolution', { num_frames: 81, resolution: '1080p' }],
    ['no resolution', { num_frames: 81 }],
    ['no frames', { resolution: '720p' }],
    ['half a frame', { num_frames: 81.5, resolution: '720p' }],
  ])('of %s is no number but an error', (_name, input) => {
    expect(() => WAN.cost(input, price())).toThrow(TypeError);
  });

  it('of the 304 rows of the example file, all 480p, is $46.40', () => {
    const file = new URL('../../../../../examples/loveu-tgve-2023.csv', import.meta.url);
    const rows = readFileSync(file, 'utf8').matchAll(/,(\d+),480p,[^,\n]+,[^,\n]+$/gm);
    const costs = [...rows].map(([, frames]) => cost(Number(frames), '480p'));

    expect(costs).toHaveLength(304);
    expect(formatUsd(costs.reduce((sum, next) => sum + next))).toBe('46.4');
  });
});
