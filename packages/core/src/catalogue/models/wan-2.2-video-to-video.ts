/** Wan 2.2 video-to-video. Fields, ranges, defaults and price as fal's own model card gives them. */
import { z } from 'zod';
import { type NanoUsd, parseUsd } from '../../money/nano-usd.ts';
import type { Model, PriceUnknown, PriceVersion } from '../model.ts';

const EXAMPLE_VIDEO = 'https://storage.googleapis.com/falserverless/example_inputs/wan-2.2-v2v-input.mp4';
const FRAMES_PER_BILLED_SECOND = 16n;

const input = z.strictObject({
  video_url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL of a video' })
    .max(2048)
    .meta({ description: 'URL of the input video.', examples: [EXAMPLE_VIDEO] }),
  prompt: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(10_000)
    .meta({ description: 'The text prompt to guide video generation.' }),
  strength: z.number().min(0).max(1).default(0.9).meta({
    description: 'Strength of the video transformation. 1.0 follows only the prompt, 0.0 keeps the input video.',
  }),
  num_frames: z.int().min(17).max(161).default(81).meta({ description: 'Number of frames to generate.' }),
  frames_per_second: z
    .int()
    .min(4)
    .max(60)
    .default(16)
    .meta({ description: 'Frames per second of the generated video, before interpolation.' }),
  negative_prompt: z.string().max(10_000).default('').meta({ description: 'Negative prompt for video generation.' }),
  seed: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Random seed for reproducibility. Without one, Reelay derives one from the job.' }),
  resolution: z
    .enum(['480p', '580p', '720p'])
    .default('720p')
    .meta({ description: 'Resolution of the generated video.' }),
  aspect_ratio: z
    .enum(['auto', '16:9', '9:16', '1:1'])
    .default('auto')
    .meta({ description: "Aspect ratio of the generated video; 'auto' follows the input video." }),
  num_inference_steps: z
    .int()
    .min(2)
    .max(40)
    .default(27)
    .meta({ description: 'Number of inference steps. More give better quality but take longer.' }),
  enable_safety_checker: z
    .boolean()
    .default(false)
    .meta({ description: 'Check the input for safety before processing.' }),
  enable_output_safety_checker: z
    .boolean()
    .default(false)
    .meta({ description: 'Check the output video for safety after generation.' }),
  enable_prompt_expansion: z
    .boolean()
    .default(false)
    .meta({ description: 'Let a language model add detail to the prompt.' }),
  acceleration: z
    .enum(['none', 'regular'])
    .default('regular')
    .meta({ description: 'More acceleration is faster at lower quality.' }),
  guidance_scale: z.number().min(1).max(10).default(3.5).meta({ description: 'Classifier-free guidance scale.' }),
  guidance_scale_2: z.number().min(1).max(10).default(4).meta({ description: 'Guidance scale of the second stage.' }),
  shift: z.number().min(1).max(10).default(5).meta({ description: 'Shift value for the video.' }),
  interpolator_model: z
    .enum(['none', 'film', 'rife'])
    .default('film')
    .meta({ description: 'Model used for frame interpolation.' }),
  num_interpolated_frames: z
    .int()
    .min(0)
    .max(4)
    .default(1)
    .meta({ description: 'Frames to interpolate between each pair of generated frames.' }),
  adjust_fps_for_interpolation: z
    .boolean()
    .default(true)
    .meta({ description: 'Multiply the frame rate by the number of interpolated frames plus one.' }),
  video_quality: z
    .enum(['low', 'medium', 'high', 'maximum'])
    .default('high')
    .meta({ description: 'Quality of the output video; higher means larger files.' }),
  video_write_mode: z
    .enum(['fast', 'balanced', 'small'])
    .default('balanced')
    .meta({ description: 'Trade-off between write speed and file size.' }),
  resample_fps: z.boolean().default(false).meta({ description: 'Resample the input video to frames_per_second.' }),
});

/** fal sends at least `url`; what else it says of the file is passed on unchanged. */
const output = z.looseObject({
  video: z.looseObject({
    url: z.string(),
    content_type: z.string().optional(),
    file_name: z.string().optional(),
    file_size: z.int().optional(),
  }),
  seed: z.int(),
  prompt: z.string().optional(),
});

/** The list price stands beside a default of one interpolated frame; fal does not say what more of them cost. */
const interpolatedFrames: PriceUnknown = {
  code: 'interpolated_frames',
  field: 'num_interpolated_frames',
  message:
    'fal does not say whether more than one interpolated frame changes the price. Run a pilot to see, or leave num_interpolated_frames at 1.',
  appliesTo: ({ interpolator_model, num_interpolated_frames }) =>
    interpolator_model !== 'none' && Number(num_interpolated_frames) > 1,
};

export const WAN_2_2_VIDEO_TO_VIDEO: Model = {
  id: 'fal-ai/wan/v2.2-a14b/video-to-video',
  title: 'Wan 2.2 video-to-video',
  input,
  output,
  prices: [
    {
      version: '2026-05-01',
      validFrom: '2026-05-01T00:00:00Z',
      unit: 'video second (16 frames)',
      usdPerUnit: { '480p': '0.04', '580p': '0.06', '720p': '0.08' },
    },
  ],
  unitPriceNanoUsd: 80_000_000n,
  medianRunMs: 90_000,
  cost: costOfFrames,
  priceTier: ({ resolution }) => String(resolution),
  priceUnknowns: [interpolatedFrames],
};

/** Exact for every listed price: a sixteenth of $0.04, $0.06 or $0.08 is a whole number of nano-dollars. */
function costOfFrames(validInput: Readonly<Record<string, unknown>>, price: PriceVersion): NanoUsd {
  const { num_frames, resolution } = validInput;
  const perSecond = parseUsd(price.usdPerUnit[String(resolution)] ?? '');
  if (perSecond === null || !Number.isInteger(num_frames)) throw new TypeError('cost needs a validated input');
  return (perSecond * BigInt(num_frames as number)) / FRAMES_PER_BILLED_SECOND;
}
