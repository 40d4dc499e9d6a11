// The trouble that the first reads of a finished result meet: a 400 as if it still ran, then one or two bare gateway
// pages, then, of a success, errors that look like the run's own. It ends by itself; the read after it gets the real answer.
import { drawUnit } from '../chance.ts';
import type { FaultDice } from '../faults/fault-dice.ts';
import type { SimRequest } from '../sim-request.ts';

export type ReadTrouble = 'early_400' | 'gateway_504' | 'typed_503';

export class ResultReads {
  readonly #dice: FaultDice;
  readonly #seed: number;
  readonly #typed = new WeakMap<SimRequest, number>();
  readonly #ahead = new WeakMap<SimRequest, ReadTrouble[]>();

  constructor(dice: FaultDice, seed: number) {
    this.#dice = dice;
    this.#seed = seed;
  }

  nextTrouble(request: SimRequest): ReadTrouble | undefined {
    const ahead = this.#ahead.get(request) ?? this.#drawTrouble(request);
    this.#ahead.set(request, ahead);
    return ahead.shift() ?? this.#typedTrouble(request);
  }

  #typedTrouble(request: SimRequest): ReadTrouble | undefined {
    if (request.outcome?.httpStatus !== 200) return undefined;
    const fault = this.#dice.askOnce('result.typed_5xx_after_success', request);
    const met = this.#typed.get(request) ?? 0;
    if (!fault || met >= fault.amount) return undefined;
    this.#typed.set(request, met + 1);
    return 'typed_503';
  }

  #drawTrouble(request: SimRequest): ReadTrouble[] {
    const early: ReadTrouble[] = this.#dice.askOnce('result.early_400', request) ? ['early_400'] : [];
    if (!this.#dice.askOnce('result.error_504_after_completed', request)) return early;
    const isTwice = drawUnit(this.#seed, 'second 504', request.inputSha256, request.ordinal) < 0.5;
    return [...early, 'gateway_504', ...(isTwice ? (['gateway_504'] as const) : [])];
  }
}
