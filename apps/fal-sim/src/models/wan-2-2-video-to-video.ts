// fal-ai/wan/v2.2-a14b/video-to-video as its model card describes it: fields, defaults, ranges, price, output.
import { z } from 'zod';
import { modelError, toErrorDetail } from './error-detail.ts';
import type { Model, ModelReading, OutputFile } from './model.ts';

const FRAMES_PER_PAID_SECOND = 16n;

/** $0.08, $0.06 and $0.04 per video second at 16 frames a second. */
const NANO_USD_PER_FRAME = { '720p': 5_000_000n, '580p': 3_750_000n, '480p': 2_500_000n } as const;

const inputSchema = z.object({
  video_url: z.string(),
  prompt: z.string(),
  strength: z.number().min(0).max(1).default(0.9),
  num_frames: z.int().min(17).max(161).default(81),
  frames_per_second: z.int().min(4).max(60).nullable().default(16),
  negative_prompt: z.string().default(''),
  seed: z.int().nullable().default(null),
  resolution: z.enum(['480p', '580p', '720p']).default('720p'),
  aspect_ratio: z.enum(['auto', '16:9', '9:16', '1:1']).default('auto'),
  num_inference_steps: z.int().min(2).max(40).default(27),
  enable_safety_checker: z.boolean().default(false),
  enable_output_safety_checker: z.boolean().default(false),
  enable_prompt_expansion: z.boolean().default(false),
  acceleration: z.enum(['none', 'regular']).default('regular'),
  guidance_scale: z.number().min(1).max(10).default(3.5),
  guidance_scale_2: z.number().min(1).max(10).default(4),
  shift: z.number().min(1).max(10).default(5),
  interpolator_model: z.enum(['none', 'film', 'rife']).nullable().default('film'),
  num_interpolated_frames: z.int().min(0).max(4).default(1),
  adjust_fps_for_interpolation: z.boolean().default(true),
  video_quality: z.enum(['low', 'medium', 'high', 'maximum']).default('high'),
  video_write_mode: z.enum(['fast', 'balanced', 'small']).default('balanced'),
  resample_fps: z.boolean().default(false),
});

export const wan22VideoToVideo: Model = {
  endpoint: 'fal-ai/wan/v2.2-a14b/video-to-video',
  read: readInput,
};

function readInput(inputText: string): ModelReading {
  let input: unknown;
  try {
    input = JSON.parse(inputText);
  } catch {
    return { kind: 'invalid', detail: [modelError('json_invalid', 'JSON decode error')] };
  }
  const parsed = inputSchema.safeParse(input);
  if (!parsed.success) return { kind: 'invalid', detail: toErrorDetail(parsed.error, input) };
  const { num_frames, resolution, video_url, seed, prompt } = parsed.data;
  const frames = BigInt(num_frames);
  return {
    kind: 'valid',
    job: {
      priceNanoUsd: frames * NANO_USD_PER_FRAME[resolution],
      secondsE10: (frames * 10n ** 10n) / FRAMES_PER_PAID_SECOND,
      sourceUrl: video_url,
      buildOutput: (video: OutputFile, drawnSeed: number) => ({ video, prompt, seed: seed ?? drawnSeed }),
    },
  };
}
