import { expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULT_MODEL_ID, findModel, MODELS } from './catalogue.ts';

it('finds every model by the id of its endpoint, the default one too', () => {
  for (const model of MODELS) expect(findModel(model.id)).toBe(model);
  expect(findModel(DEFAULT_MODEL_ID)?.id).toBe('fal-ai/wan/v2.2-a14b/video-to-video');
});

it.each(['', 'fal-ai/wan', 'FAL-AI/WAN/V2.2-A14B/VIDEO-TO-VIDEO', 'fal-ai/wan/v2.2-a14b/video-to-video/', '__proto__'])(
  'knows no model %j',
  (id) => {
    expect(findModel(id)).toBeNull();
  },
);

it.each(MODELS)('$id shows its input and output as JSON Schema', (model) => {
  expect(z.toJSONSchema(model.input, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
  expect(z.toJSONSchema(model.output, { io: 'input' })).toMatchObject({ type: 'object', required: ['video', 'seed'] });
});
