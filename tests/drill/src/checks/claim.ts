/** One thing that is held to be true of a drill, with the figures it was judged by and whatever speaks against it. */
export interface Claim {
  readonly invariant: string;
  readonly text: string;
  readonly figures: string;
  /** Ids and what is wrong with them. None: the claim holds. */
  readonly offenders: readonly string[];
}

export function claim(invariant: string, text: string, figures: string, offenders: readonly string[]): Claim {
  return { invariant, text, figures, offenders };
}

export function holds({ offenders }: Claim): boolean {
  return offenders.length === 0;
}

/** A claim over nothing holds always: it counts as failed, because it shows nothing. */
export function unlessEmpty(count: number, what: string): string[] {
  return unless(count > 0, `there was no ${what} to judge by`);
}

/** Wraps a condition of the drill as a whole, which has no ids. */
export function unless(isTrue: boolean, complaint: string): string[] {
  return isTrue ? [] : [complaint];
}
