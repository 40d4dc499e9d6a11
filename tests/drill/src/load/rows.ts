import type { Random } from '../seeded-random.ts';

export interface RowInput {
  readonly video_url: string;
  readonly prompt: string;
  readonly num_frames: number;
  readonly resolution: string;
}

export const CSV_HEADER = 'video_url,prompt,num_frames,resolution';

export function makeRow(random: Random, label: string): RowInput {
  return {
    video_url: `https://media.example.com/${label}.mp4`,
    prompt: `drill ${label}`,
    num_frames: 17 + random.index(65),
    resolution: random.pick(['480p', '580p', '720p']),
  };
}

export function csvLine({ video_url, prompt, num_frames, resolution }: RowInput): string {
  return [video_url, prompt, num_frames, resolution].join(',');
}

/** A line that is no job: it has too many frames. */
export function badCsvLine(label: string): string {
  return csvLine({
    video_url: `https://media.example.com/${label}.mp4`,
    prompt: `bad ${label}`,
    num_frames: 9_999,
    resolution: '720p',
  });
}
