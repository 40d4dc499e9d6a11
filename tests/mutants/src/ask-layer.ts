/** Runs one layer in a tree and hears what it says. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Tree } from './copy-tree.ts';
import type { Layer } from './mutant.ts';

export interface Answer {
  readonly holds: boolean;
  /** The first complaint, for the table. */
  readonly said: string;
  /** What has to hold without the mutant for the complaint to be about it. */
  readonly witness: Layer;
}

const LONGEST_MS = 1_200_000;
const TSC = 'node_modules/@typescript/native/bin/tsc';
const VITEST = 'node_modules/vitest/vitest.mjs';

export async function compile(tree: Tree): Promise<string | null> {
  const { code, output } = await run(tree, [TSC, '-b']);
  return code === 0 ? null : firstLine(output, /error TS/);
}

/** Throws when the layer does not come to an end: that says nothing about the mutant. */
export async function askLayer(tree: Tree, layer: Layer): Promise<Answer> {
  const { code, output } = await run(tree, argumentsFor(layer));
  if (code === null) throw new TookTooLong(`${layer.kind} did not end within ${LONGEST_MS / 60_000} minutes`);
  const said = code === 0 ? '' : complaint(layer, output);
  return { holds: code === 0, said, witness: witnessOf(layer, said) };
}

/** Of a simulation the one seed that failed. */
function witnessOf(layer: Layer, said: string): Layer {
  const seed = /^seed (\d+) breaks/.exec(said)?.[1];
  return layer.kind === 'simulation' && seed !== undefined
    ? { kind: 'simulation', from: Number(seed), seeds: 1 }
    : layer;
}

export class TookTooLong extends Error {}

function argumentsFor(layer: Layer): string[] {
  switch (layer.kind) {
    case 'explorer':
      return [VITEST, 'run', '--project', 'unit', 'tests/explorer'];
    case 'simulation':
      return [
        'tests/simulation/dist/main.js',
        '--seeds',
        String(layer.seeds),
        '--from',
        String(layer.from ?? 1),
        '--stop-at-first',
      ];
    case 'drill':
      return ['tests/drill/dist/main.js', '--minutes', '0.7', '--jobs', '400', '--seed', String(layer.seed)];
    case 'test':
      return [VITEST, 'run', '--project', projectOf(layer.file), layer.file, '--testNamePattern', layer.name];
  }
}

/** Beside its source a test is pure; elsewhere it needs servers. */
function projectOf(file: string): string {
  return file.includes('/src/') ? 'unit' : 'postgres';
}

function complaint(layer: Layer, output: string): string {
  switch (layer.kind) {
    case 'simulation':
      return firstLine(output, /^seed \d+ breaks/);
    case 'drill':
      return firstLine(output, /✗|✘|FAILED|not ok/i);
    default:
      return firstLine(output, /AssertionError|Error:|FAIL /);
  }
}

function firstLine(output: string, pattern: RegExp): string {
  const lines = output.split('\n').map((line) => line.trim());
  return lines.find((line) => pattern.test(line)) ?? lines.findLast((line) => line !== '') ?? 'it ended without a word';
}

interface Ran {
  /** Null: it was killed. */
  readonly code: number | null;
  readonly output: string;
}

function run(tree: Tree, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const [program = '', ...rest] = args;
    const child = spawn(process.execPath, [path.join(tree.root, program), ...rest], {
      cwd: tree.root,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const hear = (text: string) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    const timer = setTimeout(() => child.kill('SIGTERM'), LONGEST_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}
