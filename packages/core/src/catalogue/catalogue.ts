/** Every model that Reelay can run. A new model is one file in `models/` and its line here. */
import type { Model } from './model.ts';
import { WAN_2_2_VIDEO_TO_VIDEO } from './models/wan-2.2-video-to-video.ts';

export const MODELS: readonly Model[] = [WAN_2_2_VIDEO_TO_VIDEO];

export const DEFAULT_MODEL_ID = WAN_2_2_VIDEO_TO_VIDEO.id;

export function findModel(id: string): Model | null {
  return MODELS.find((model) => model.id === id) ?? null;
}
