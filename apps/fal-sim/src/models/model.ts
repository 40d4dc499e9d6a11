/** One entry of fal's `detail` array: what was wrong with which field. */
export interface ErrorDetail {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
  readonly url: string;
  readonly ctx?: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
}

export interface OutputFile {
  readonly url: string;
  readonly content_type: string;
  readonly file_name: string;
  readonly file_size: number;
}

/** A valid input, read by its model. */
export interface ModelJob {
  readonly priceNanoUsd: bigint;
  /** The length that is paid for, in seconds times 10^10. */
  readonly secondsE10: bigint;
  readonly sourceUrl: string;
  buildOutput(file: OutputFile, drawnSeed: number): unknown;
}

export type ModelReading =
  | { readonly kind: 'valid'; readonly job: ModelJob }
  | { readonly kind: 'invalid'; readonly detail: readonly ErrorDetail[] };

export interface Model {
  readonly endpoint: string;
  read(inputText: string): ModelReading;
}
