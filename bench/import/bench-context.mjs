import { makePolicy } from '@reelay/core';

// Real but for the queue, whose tasks are collected.
export function benchContext(db) {
  const imports = [];
  const quiet = () => {};
  return {
    db,
    imports,
    queue: { enqueue: async (_, ids) => void imports.push(...ids), close: async () => {} },
    policy: makePolicy(),
    log: { debug: quiet, info: quiet, warn: console.warn, error: console.error },
    owner: 'bench',
    now: Date.now,
    random: Math.random,
    failpoint: async () => {},
  };
}
