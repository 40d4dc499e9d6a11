import { z } from 'zod';

interface FaultRule {
  /** The one setting a fault takes beside its probability. */
  readonly amount?: {
    readonly name: 'ms' | 'factor' | 'retry_after' | 'percent' | 'reads';
    readonly default: number;
    readonly max?: number;
  };
}

const ms = (defaultMs: number): FaultRule => ({ amount: { name: 'ms', default: defaultMs } });
const factor = (defaultFactor: number): FaultRule => ({ amount: { name: 'factor', default: defaultFactor } });
const percent = (defaultPercent: number, max?: number): FaultRule => ({
  amount: { name: 'percent', default: defaultPercent, ...(max === undefined ? {} : { max }) },
});
/** Without a setting it never ends. */
const forEver: FaultRule = ms(Number.POSITIVE_INFINITY);

export const FAULT_RULES = {
  'submit.refuse_429': { amount: { name: 'retry_after', default: 1 } },
  'submit.error_500_after_accept': {},
  'submit.error_502_after_accept': {},
  'submit.error_503_before_accept': {},
  'submit.reset_before_accept': {},
  'submit.reset_after_accept': {},
  'submit.hang_after_accept': ms(60_000),
  'submit.truncate_2xx': {},
  'submit.html_2xx': {},
  'submit.redirect_307': {},
  'run.fail_500': {},
  'run.fail_422': {},
  'run.content_policy': {},
  'run.requeue': {},
  'run.slow': factor(5),
  'run.stuck': {},
  'run.units_factor': factor(2),
  'status.error_500': {},
  'status.slow': ms(5_000),
  'result.early_400': {},
  'result.error_504_after_completed': {},
  'result.typed_5xx_after_success': { amount: { name: 'reads', default: 5 } },
  'result.expired_404': {},
  'result.truncated': {},
  'result.no_units': {},
  'webhook.lose': {},
  'webhook.duplicate': {},
  'webhook.late': ms(300_000),
  'webhook.before_submit_response': {},
  'webhook.bad_signature': {},
  'webhook.stale_timestamp': {},
  'webhook.wrong_user': {},
  'webhook.payload_null': {},
  'billing.lag': ms(600_000),
  'billing.discount': percent(20, 100),
  'billing.surcharge': percent(50),
  'billing.duplicate_event': {},
  'billing.missing_event': forEver,
  'listing.lag': ms(600_000),
  'listing.miss': {},
  'media.404': {},
  'media.truncated': {},
} as const satisfies Record<string, FaultRule>;

export type FaultName = keyof typeof FAULT_RULES;

/** A probability, or a probability with the fault's own setting: `{ "p": 0.1, "ms": 2000 }`. */
export type FaultSetting =
  | number
  | { p: number; ms?: number; factor?: number; retry_after?: number; percent?: number; reads?: number };

export type FaultSettings = { readonly [name in FaultName]?: FaultSetting };

export interface Fault {
  readonly p: number;
  readonly amount: number;
}

export type FaultTable = ReadonlyMap<FaultName, Fault>;

export class FaultTableError extends Error {
  override name = 'FaultTableError';
}

const probability = z.number().min(0).max(1);

export function parseFaultTable(settings: unknown): FaultTable {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new FaultTableError(
      `The fault table must be a JSON object, for example {"webhook.lose":0.1}. ${knownFaults()}`,
    );
  }
  return new Map(Object.entries(settings).map(([name, setting]) => [knownName(name), parseFault(name, setting)]));
}

function knownName(name: string): FaultName {
  if (Object.hasOwn(FAULT_RULES, name)) return name as FaultName;
  throw new FaultTableError(`Unknown fault "${name}". ${knownFaults()}`);
}

function parseFault(name: string, setting: unknown): Fault {
  const { amount }: FaultRule = FAULT_RULES[knownName(name)];
  if (typeof setting === 'number' && probability.safeParse(setting).success) {
    return { p: setting, amount: amount?.default ?? 0 };
  }
  const setTo = z
    .number()
    .min(0)
    .max(amount?.max ?? Number.MAX_VALUE);
  const shape = amount ? { p: probability, [amount.name]: setTo.optional() } : { p: probability };
  const parsed = z.strictObject(shape).safeParse(setting);
  if (!parsed.success) {
    const example = amount && Number.isFinite(amount.default) ? amount.default : 60_000;
    const object = amount ? `{"p":0.5,"${amount.name}":${example}}` : '{"p":0.5}';
    throw new FaultTableError(
      `Bad value for fault "${name}": ${JSON.stringify(setting)}. Give a probability from 0 to 1, or ${object}. ${knownFaults()}`,
    );
  }
  const given = amount ? (parsed.data as Record<string, number | undefined>)[amount.name] : undefined;
  return { p: (parsed.data as { p: number }).p, amount: given ?? amount?.default ?? 0 };
}

function knownFaults(): string {
  return `Known faults: ${Object.keys(FAULT_RULES).join(', ')}.`;
}
