import { describe, expect, it } from 'vitest';
import { wan22VideoToVideo } from './wan-2-2-video-to-video.ts';

const valid = { video_url: 'https://clips.example/a.mp4', prompt: 'a cat' };

function readDetail(overrides: Record<string, unknown>) {
  const reading = wan22VideoToVideo.read(JSON.stringify({ ...valid, ...overrides }));
  return reading.kind === 'invalid' ? reading.detail.map(({ loc, type, ctx }) => ({ field: loc[1], type, ctx })) : [];
}

describe('the input of Wan 2.2 video-to-video', () => {
  it.each([
    ['strength', [0, 0.5, 1], [-0.1, 1.1, 'x', null]],
    ['num_frames', [17, 81, 161], [16, 162, 17.5, '81', null]],
    ['frames_per_second', [4, 60, null], [3, 61, 16.5]],
    ['negative_prompt', ['', 'blur'], [1, null]],
    ['seed', [0, 2 ** 31, -1, null], [1.5, 'x']],
    ['resolution', ['480p', '580p', '720p'], ['1080p', null, 720]],
    ['aspect_ratio', ['auto', '16:9', '9:16', '1:1'], ['4:3']],
    ['num_inference_steps', [2, 40], [1, 41]],
    ['enable_safety_checker', [true, false], ['yes', 1]],
    ['enable_output_safety_checker', [true, false], ['yes', 1]],
    ['enable_prompt_expansion', [true, false], ['yes', 1]],
    ['acceleration', ['none', 'regular'], ['fast']],
    ['guidance_scale', [1, 10], [0.9, 10.1]],
    ['guidance_scale_2', [1, 10], [0.9, 10.1]],
    ['shift', [1, 10], [0.9, 10.1]],
    ['interpolator_model', ['none', 'film', 'rife'], ['other']],
    ['num_interpolated_frames', [0, 4], [-1, 5]],
    ['adjust_fps_for_interpolation', [true, false], [0]],
    ['video_quality', ['low', 'medium', 'high', 'maximum'], ['best']],
    ['video_write_mode', ['fast', 'balanced', 'small'], ['slow']],
    ['resample_fps', [true, false], ['true']],
    ['video_url', ['https://x.test/a.mp4'], [1, null]],
    ['prompt', ['x', ''], [1, null]],
  ])('limits %s', (field, allowed, refused) => {
    expect(allowed.map((value) => readDetail({ [field]: value }))).toEqual(allowed.map(() => []));
    for (const value of refused) expect(readDetail({ [field]: value })).toMatchObject([{ field }]);
  });

  it.each([
    [{ prompt: undefined }, { field: 'prompt', type: 'missing' }],
    [{ num_frames: 16 }, { field: 'num_frames', type: 'greater_than_equal', ctx: { ge: 17 } }],
    [{ num_frames: 162 }, { field: 'num_frames', type: 'less_than_equal', ctx: { le: 161 } }],
    [{ num_frames: 17.5 }, { field: 'num_frames', type: 'int_from_float' }],
    [{ resolution: '4k' }, { field: 'resolution', type: 'literal_error', ctx: { expected: "'480p', '580p', '720p'" } }],
    [{ prompt: 5 }, { field: 'prompt', type: 'string_type' }],
  ])('explains %j in the words of fal', (overrides, detail) => {
    expect(readDetail(overrides)).toMatchObject([detail]);
  });

  it('may have fields the model does not know', () => {
    expect(readDetail({ something: 1 })).toEqual([]);
  });

  it.each(['', 'nonsense', '[]', 'null', '5'])('is not %j', (inputText) => {
    expect(wan22VideoToVideo.read(inputText).kind).toBe('invalid');
  });
});
