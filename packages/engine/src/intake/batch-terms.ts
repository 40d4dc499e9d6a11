/** What a batch is created with, read once for inline rows and files alike. */
import {
  blockedCallback,
  DEFAULT_MODEL_ID,
  findModel,
  type Model,
  type PauseIf,
  type PilotStrategy,
  type RowDefaults,
  readDefaults,
  shownValue,
} from '@reelay/core';
import type { NewBatch } from '@reelay/db';
import type { Context } from '../context.ts';
import { callbackFaultOf } from './callback-fault.ts';

export interface BatchTerms {
  readonly name?: string | undefined;
  readonly model?: string | undefined;
  /** Values for rows that give none, by the names that columns have. */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined;
  readonly priority?: number | undefined;
  readonly capNanoUsd?: bigint | undefined;
  readonly maxAttempts?: number | undefined;
  readonly callbackUrl?: string | undefined;
  /** What the caller said; undefined: nothing, and then `confirmAboveNanoUsd` decides. */
  readonly start?: 'auto' | 'confirm' | undefined;
  /** A batch whose list price is above waits for a person, unless the caller said how to start. */
  readonly confirmAboveNanoUsd?: bigint | undefined;
  readonly pilot?: { readonly rows: number; readonly strategy: PilotStrategy } | undefined;
  /** Most that failed attempts may cost before the batch pauses itself. */
  readonly maxWasteNanoUsd?: bigint | undefined;
  readonly pauseIf?: PauseIf | undefined;
  readonly mode: 'best_effort' | 'strict';
  readonly onUnknown: 'review' | 'resubmit';
  /** Most that attempts declared lost by rule may hold; by default a share of the estimate. */
  readonly unknownBudgetNanoUsd?: bigint | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface IntakeProblem {
  /** Into the request. */
  readonly pointer: string;
  readonly code: string;
  readonly value: string | null;
  readonly message: string;
}

export type TermsOutcome =
  | { readonly kind: 'read'; readonly model: Model; readonly defaults: RowDefaults }
  | { readonly kind: 'invalid'; readonly problems: readonly IntakeProblem[] };

export function readTerms(context: Pick<Context, 'policy' | 'outbound'>, terms: Partial<BatchTerms>): TermsOutcome {
  const id = terms.model ?? DEFAULT_MODEL_ID;
  const model = findModel(id);
  if (!model) {
    const message = `There is no model "${shownValue(id)}". GET /v1/models lists those that can be run.`;
    return {
      kind: 'invalid',
      problems: [{ pointer: '/model', code: 'unknown_model', value: shownValue(id), message }],
    };
  }
  const { priority, callbackUrl, maxAttempts = context.policy.maxAttempts } = terms;
  const read = readDefaults(model, { values: terms.defaults ?? {}, priority, maxAttempts, callbackUrl });
  if (read.kind === 'invalid') return read;
  const fault = callbackUrl === undefined ? null : callbackFaultOf(context)(callbackUrl);
  if (callbackUrl !== undefined && fault !== null) {
    return { kind: 'invalid', problems: [blockedCallback(callbackUrl, fault)] };
  }
  return { kind: 'read', model, defaults: read.defaults };
}

export interface BatchToBe {
  readonly id: string;
  readonly projectId: string;
  /** The key that it was asked for with. */
  readonly apiKeyId?: string | undefined;
  readonly model: Model;
  readonly terms: BatchTerms;
  readonly maxAttempts: number;
}

export function newBatch(
  { id, projectId, apiKeyId, model, terms, maxAttempts }: BatchToBe,
  file: Pick<NewBatch, 'columns' | 'fileFacts'>,
): NewBatch {
  return {
    id,
    projectId,
    apiKeyId: apiKeyId ?? null,
    name: terms.name ?? null,
    model: model.id,
    mode: terms.mode,
    startMode: terms.start ?? 'auto',
    confirmAboveNanoUsd: terms.start === undefined ? (terms.confirmAboveNanoUsd ?? null) : null,
    pilot: terms.pilot ?? null,
    maxWasteNanoUsd: terms.maxWasteNanoUsd ?? null,
    pauseIf: terms.pauseIf ?? null,
    onUnknown: terms.onUnknown,
    unknownBudgetNanoUsd: terms.unknownBudgetNanoUsd ?? null,
    maxAttempts,
    callbackUrl: terms.callbackUrl ?? null,
    metadata: terms.metadata ?? {},
    capNanoUsd: terms.capNanoUsd ?? null,
    ...file,
  };
}
