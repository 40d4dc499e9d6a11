import type { z } from 'zod';
import type { NanoUsd } from '../money/nano-usd.ts';

/**
 * A model of the catalogue: what fal's endpoint takes and gives, and what it costs. Adding a model is one file in
 * `models/` and its line in `catalogue.ts`; nothing else in the product names a model's fields.
 */
export interface Model {
  /** fal's endpoint id, for instance `fal-ai/wan/v2.2-a14b/video-to-video`. */
  readonly id: string;
  readonly title: string;
  /** Validates and completes a job's input. Its JSON Schema is what `/v1/models` shows. */
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly prices: readonly PriceVersion[];
  /** What the platform's price list says one billable unit costs; a charge is units × this. */
  readonly unitPriceNanoUsd: NanoUsd;
  /** Half of the runs end sooner than this; polling and slot times are derived from it. */
  readonly medianRunMs: number;
  /** The price rule needs only a validated input. */
  readonly cost: (input: Readonly<Record<string, unknown>>, price: PriceVersion) => NanoUsd;
  /** Which entry of a price table a validated input is priced by. */
  readonly priceTier: (input: Readonly<Record<string, unknown>>) => string;
  /** Uses of the model of which fal does not say whether they change the price. */
  readonly priceUnknowns: readonly PriceUnknown[];
}

export interface PriceUnknown {
  readonly code: string;
  readonly field: string;
  /** What is not known, and how to avoid it. */
  readonly message: string;
  readonly appliesTo: (validInput: Readonly<Record<string, unknown>>) => boolean;
}

/** A price table with the date it holds from. An attempt stores the version it was reserved at. */
export interface PriceVersion {
  readonly version: string;
  readonly validFrom: string;
  /** What a person reads, for instance {"720p": "0.08"}: US dollars per unit named by `unit`. */
  readonly unit: string;
  readonly usdPerUnit: Readonly<Record<string, string>>;
}
