/** Breadth-first search of every state that the model can reach, and the shortest way to the first broken promise. */

import { type Flaws, initialState, type ModelState, type Scope, type Step } from './model-state.ts';
import { brokenPromise, isAtRest } from './promises.ts';
import { stepsFrom } from './protocol-model.ts';

export interface Exploration {
  readonly states: number;
  /** The steps to the first state that breaks a promise, and which. */
  readonly broken: { readonly promise: string; readonly steps: readonly string[] } | null;
  /** Reachable states from which no way leads to a job that has ended or waits for a person. */
  readonly deadEnds: number;
}

interface Node {
  readonly state: ModelState;
  readonly from: number;
  readonly by: string;
}

export function explore(scope: Scope, flaws: Flaws = {}): Exploration {
  const first = initialState(scope);
  const nodes: Node[] = [{ state: first, from: -1, by: '' }];
  const known = new Map([[keyOf(first), 0]]);
  const arrivals: number[][] = [[]];
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index];
    if (!node) break;
    const promise = brokenPromise(node.state);
    if (promise !== null)
      return { states: nodes.length, broken: { promise, steps: pathTo(nodes, index) }, deadEnds: 0 };
    for (const step of stepsFrom(node.state, flaws)) visit(step, index, nodes, known, arrivals);
  }
  return { states: nodes.length, broken: null, deadEnds: countDeadEnds(nodes, arrivals) };
}

function visit(step: Step, from: number, nodes: Node[], known: Map<string, number>, arrivals: number[][]): void {
  const key = keyOf(step.next);
  const seen = known.get(key);
  if (seen !== undefined) {
    arrivals[seen]?.push(from);
    return;
  }
  known.set(key, nodes.length);
  nodes.push({ state: step.next, from, by: step.name });
  arrivals.push([from]);
}

/** The workers are alike: which of the two it is makes no other state. */
function keyOf(state: ModelState): string {
  const { attempts, workers, tasks, ...rest } = state;
  return [
    Object.values(rest).join(),
    attempts.map((attempt) => Object.values(attempt).join()).join('/'),
    workers
      .map(({ step, attempt }) => `${step}${attempt}`)
      .toSorted()
      .join(),
    tasks.toSorted().join(),
  ].join(';');
}

function pathTo(nodes: readonly Node[], index: number): string[] {
  const steps: string[] = [];
  for (let node = nodes[index]; node && node.from >= 0; node = nodes[node.from]) steps.unshift(node.by);
  return steps;
}

/** Walks back from every state at rest; what is not met cannot get there. */
function countDeadEnds(nodes: readonly Node[], arrivals: readonly (readonly number[])[]): number {
  const reaching = new Set<number>();
  const open = nodes.flatMap(({ state }, index) => (isAtRest(state) ? [index] : []));
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reaching.has(index)) continue;
    reaching.add(index);
    open.push(...(arrivals[index] ?? []));
  }
  return nodes.length - reaching.size;
}
