import { z } from 'zod';
import type { FaultSettings } from './faults/fault-table.ts';
import { parseFaultTable } from './faults/fault-table.ts';

/** Every setting of the simulator; the command line and the library take the same ones. */
const simOptionsSchema = z.strictObject({
  port: z.int().min(0).max(65_535).default(0),
  host: z.string().min(1).default('127.0.0.1'),
  /** The address put into answers; by default the one the caller used. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  seed: z.int().default(1),
  /** How many simulated seconds pass in a real one. */
  speed: z.number().positive().max(1_000_000).default(1),
  concurrency: z.int().min(1).default(40),
  medianRunSeconds: z.number().positive().default(90),
  /** How long a small result can be read; one of 10 KB or more is kept a tenth of it. */
  retentionSeconds: z.number().positive().default(3_600),
  stateDir: z.string().min(1).optional(),
  faults: z.custom<FaultSettings>((value) => typeof value === 'object' && value !== null).default({}),
  units: z.enum(['scaled', 'plain']).default('scaled'),
  bill422: z.number().min(0).max(1).default(0),
  bill499: z.number().min(0).max(1).default(0),
  /** Dollars; the account locks itself when this much has been billed. */
  balanceUsd: z.number().positive().optional(),
  /** Whether a repeated callback gets a fresh timestamp and signature. */
  webhookRestamp: z.boolean().default(true),
  webhookSchedule: z.enum(['current', 'legacy']).default('current'),
});

/** Undefined counts as absent, so that optional flags can be passed through. */
export type SimOptions = {
  readonly [key in keyof z.input<typeof simOptionsSchema>]?: z.input<typeof simOptionsSchema>[key] | undefined;
};

export type SimSettings = z.output<typeof simOptionsSchema>;

/** Throws one error that names every bad option. */
export function resolveOptions(options: SimOptions): SimSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const parsed = simOptionsSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
    throw new Error(`fal-sim cannot start: ${problems.join('; ')}`);
  }
  parseFaultTable(parsed.data.faults);
  return parsed.data;
}
