import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { embeddedDataRoot } from '../src/index.ts';
import { itAsRoot } from './it-as-root.ts';
import { temporaryDirectory } from './temporary-directory.ts';

it('is .reelay in a project that the server account can reach', () => {
  const project = temporaryDirectory();

  expect(embeddedDataRoot(project)).toBe(path.join(project, '.reelay'));
  expect(existsSync(path.join(project, '.reelay'))).toBe(true);
});

itAsRoot('is outside of a project that the server account cannot reach, and always the same', () => {
  const home = temporaryDirectory();
  const project = path.join(home, 'project');
  mkdirSync(project);
  chmodSync(home, 0o700);

  const root = embeddedDataRoot(project);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));

  expect(root).toMatch(/^\/var\/tmp\/reelay-0-[0-9a-f]{12}$/);
  expect(embeddedDataRoot(project)).toBe(root);
});

it('lets others pass at most, never list', () => {
  const root = embeddedDataRoot(temporaryDirectory());

  expect(statSync(root).mode & 0o066).toBe(0);
});

itAsRoot('refuses a directory outside that others may write to', () => {
  const home = temporaryDirectory();
  const project = path.join(home, 'project');
  mkdirSync(project);
  chmodSync(home, 0o700);
  const root = embeddedDataRoot(project);
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  chmodSync(root, 0o777);

  expect(() => embeddedDataRoot(project)).toThrow(/can be changed by others: remove it/);
});
