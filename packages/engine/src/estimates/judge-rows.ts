/**
 * Rows one after the other into an estimate, judged as an import judges them, and then forgotten: what is held does not
 * grow with the file beyond the two bounded indexes of digests. Nothing is stored.
 */
import { createHash } from 'node:crypto';
import {
  DIGEST_BYTES,
  DigestIndex,
  findRepeats,
  type ParsedRow,
  type Repeats,
  type RowOutcome,
  type RowPlan,
  type RowProblem,
  type RowsTally,
  repeatedCustomId,
  tallyRows,
} from '@reelay/core';

export interface RejectedRow {
  readonly line: number;
  readonly problem: RowProblem;
}

export interface JudgedRows {
  readonly tally: RowsTally;
  readonly rejected: number;
  /** The first hundred. */
  readonly errors: readonly RejectedRow[];
  /** Rows with a seed of their own whose whole input is another row's: the same result, bought again. */
  readonly duplicates: Repeats;
  /** The same without a seed: each gets one of its own, so they are different samples of one input. */
  readonly sameInput: Repeats;
  /** False when there were more rows than are compared. */
  readonly allCompared: boolean;
}

export interface RowsSoFar {
  add(line: number, outcome: RowOutcome): void;
  result(): JudgedRows;
}

const ERRORS_MAX = 100;
/** Rows that are compared with each other: 24 to 48 MiB of digests in each of the two indexes. */
const COMPARED_MAX = 1_000_000;

export function judgeRows({ model }: RowPlan, comparedMax = COMPARED_MAX): RowsSoFar {
  const tally = tallyRows(model);
  const inputs = new DigestIndex(comparedMax);
  const customIds = new DigestIndex(comparedMax);
  const [duplicates, sameInput] = [findRepeats(), findRepeats()];
  const errors: RejectedRow[] = [];
  let rejected = 0;
  const reject = (line: number, [problem]: readonly RowProblem[]) => {
    rejected += 1;
    if (problem && errors.length < ERRORS_MAX) errors.push({ line, problem });
  };
  return {
    add: (line, outcome) => {
      if (outcome.kind === 'rejected') return reject(line, outcome.problems);
      const { customId, input, estimatedNanoUsd: costNanoUsd } = outcome.row;
      const claimed = customId === null ? null : customIds.add(digestOf(customId), line);
      if (customId !== null && claimed && claimed.count > 1) {
        return reject(line, [repeatedCustomId(customId, claimed.firstLine)]);
      }
      tally.add(outcome.row);
      const digest = digestOf(canonical(input));
      const seen = inputs.add(digest, line);
      const repeats = input.seed === undefined ? sameInput : duplicates;
      if (seen) repeats.add(digest.toString('hex'), seen, { line, costNanoUsd });
    },
    result: () => ({
      tally: tally.result(),
      rejected,
      errors,
      duplicates: duplicates.result(),
      sameInput: sameInput.result(),
      allCompared: inputs.isComplete && customIds.isComplete,
    }),
  };
}

/** The same text for the same input, whatever the order of its fields. */
function canonical(input: ParsedRow['input']): string {
  return JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES);
}
