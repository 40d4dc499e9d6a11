import type { Model } from './model.ts';
import { wan22VideoToVideo } from './wan-2-2-video-to-video.ts';

const MODELS: ReadonlyMap<string, Model> = new Map([wan22VideoToVideo].map((model) => [model.endpoint, model]));

export function findModel(endpoint: string): Model | undefined {
  return MODELS.get(endpoint);
}
