import { expect, it } from 'vitest';
import { describeOldNode } from './describe-old-node.mjs';

it.each(['20.19.0', '20.20.2', '22.0.0', '26.1.0'])('accepts Node %s', (version) => {
  expect(describeOldNode(version)).toBeUndefined();
});

it.each(['18.20.4', '20.18.3', '8.0.0'])('says in one line what to do about Node %s', (version) => {
  expect(describeOldNode(version)).toMatch(/needs Node 20\.19 or newer and this is .*install/);
});
