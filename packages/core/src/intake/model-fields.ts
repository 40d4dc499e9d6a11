/**
 * A model's input fields as a row sees them: how the text of a cell becomes a value, and how to say what a field takes.
 * All of it is read off the model's own schema, so a new model needs no line here.
 */
import { z } from 'zod';
import type { Model } from '../catalogue/model.ts';

export type FieldKind = 'integer' | 'number' | 'boolean' | 'text';

export interface ModelField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  /** Completes "must be …". */
  readonly expectation: string;
  /** Null when there is none to speak of. */
  readonly defaultText: string | null;
}

interface FieldSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: unknown;
}

const known = new WeakMap<Model, ReadonlyMap<string, ModelField>>();

/** In the order of the model's schema. */
export function modelFields(model: Model): ReadonlyMap<string, ModelField> {
  let fields = known.get(model);
  if (!fields) {
    fields = readFields(model);
    known.set(model, fields);
  }
  return fields;
}

/** What to do about a value that the field does not take. */
export function inputRemedy({ required, defaultText }: ModelField): string {
  if (required) return 'Correct it.';
  if (defaultText === null) return 'Correct it, or leave it empty.';
  return `Correct it, or leave it empty for the default (${defaultText}).`;
}

function readFields(model: Model): ReadonlyMap<string, ModelField> {
  const schema = z.toJSONSchema(model.input, { io: 'input', unrepresentable: 'any' });
  const required = new Set(schema.required ?? []);
  return new Map(
    Object.entries(schema.properties ?? {}).map(([name, property]) => {
      const field = property as FieldSchema;
      return [name, describe(name, field, required.has(name))];
    }),
  );
}

function describe(name: string, schema: FieldSchema, required: boolean): ModelField {
  const hasDefault = schema.default !== undefined && schema.default !== '';
  return {
    name,
    kind: kindOf(schema),
    required,
    expectation: expectationOf(schema),
    defaultText: hasDefault ? String(schema.default) : null,
  };
}

function kindOf(schema: FieldSchema): FieldKind {
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean') return schema.type;
  return 'text';
}

function expectationOf(schema: FieldSchema): string {
  if (schema.enum) return `one of ${schema.enum.map(String).join(', ')}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'integer') return `a whole number${rangeOf(schema)}`;
  if (schema.type === 'number') return `a number${rangeOf(schema)}`;
  if (schema.format === 'uri') return `an http or https URL${lengthOf(schema)}`;
  return `text${lengthOf(schema)}`;
}

function rangeOf({ minimum, maximum }: FieldSchema): string {
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? null : minimum;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum;
  if (from !== null && to !== null) return ` from ${from} to ${to}`;
  if (from !== null) return `, ${from} or more`;
  return to !== null ? `, ${to} or less` : '';
}

function lengthOf({ minLength = 0, maxLength }: FieldSchema): string {
  if (maxLength === undefined) return minLength > 0 ? ` of ${minLength} characters or more` : '';
  return minLength > 0 ? ` of ${minLength} to ${maxLength} characters` : ` of at most ${maxLength} characters`;
}
