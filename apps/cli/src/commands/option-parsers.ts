import { parseUsd } from '@reelay/core';
import { InvalidArgumentError } from 'commander';

export function usdOption(text: string): string {
  if (parseUsd(text) === null) throw new InvalidArgumentError('give dollars as a plain decimal, like 46.40');
  return text;
}

export function integerOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`give a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

export function shareOption(text: string): number {
  const share = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || share <= 0 || share > 1) {
    throw new InvalidArgumentError('give a share above 0 and at most 1, like 0.5 for half');
  }
  return share;
}

export type Pair = readonly [string, string];

/** `key=value`, repeatable: split at the first sign, as values may hold more of them. */
export function defaultOption(text: string, earlier: readonly Pair[] = []): readonly Pair[] {
  return [...earlier, splitPair(text, text.indexOf('='), 'key=value')];
}

/** `Column=field`, repeatable: split at the last sign, as fields hold none. An empty field ignores the column. */
export function mapOption(text: string, earlier: readonly Pair[] = []): readonly Pair[] {
  return [...earlier, splitPair(text, text.lastIndexOf('='), "'Clip=video_url'")];
}

function splitPair(text: string, at: number, shape: string): Pair {
  if (at < 1) throw new InvalidArgumentError(`write it as ${shape}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
