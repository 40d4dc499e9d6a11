import { type ModelView, modelListSchema, modelSchema } from '@reelay/contract';
import { DEFAULT_MODEL_ID, findModel, MODELS, type Model } from '@reelay/core';
import { z } from 'zod';
import type { App } from '../app.ts';
import { notFound } from '../error-map.ts';
import { problems } from './answers.ts';

export function getModels(app: App): void {
  const schema = { summary: 'List the models', tags: ['models'], response: { 200: modelListSchema, ...problems } };
  app.get('/v1/models', { schema }, async () => {
    const data = MODELS.map(modelView);
    return {
      object: 'list' as const,
      data,
      has_more: false,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    };
  });
}

/** A model's id holds slashes, so it is the rest of the path. */
export function getOneModel(app: App): void {
  const schema = {
    summary: 'Get a model: the schema of its input, and its prices',
    tags: ['models'],
    params: z.object({ '*': z.string() }),
    response: { 200: modelSchema, ...problems },
  };
  app.get('/v1/models/*', { schema }, async ({ params }) => {
    const model = findModel(params['*']);
    if (!model) throw notFound('model');
    return modelView(model);
  });
}

function modelView(model: Model): ModelView {
  return {
    id: model.id,
    object: 'model',
    title: model.title,
    default: model.id === DEFAULT_MODEL_ID,
    input_schema: z.toJSONSchema(model.input, { io: 'input' }),
    output_schema: z.toJSONSchema(model.output),
    prices: model.prices.map(({ version, validFrom, unit, usdPerUnit }) => ({
      version,
      valid_from: validFrom,
      unit,
      usd_per_unit: { ...usdPerUnit },
    })),
  };
}
