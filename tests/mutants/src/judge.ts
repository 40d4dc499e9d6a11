/** Breaks the tree, asks the layers in order who notices, and mends it again. */
import { type Answer, askLayer, compile, TookTooLong } from './ask-layer.ts';
import { DoesNotApply, type Tree } from './copy-tree.ts';
import { type Layer, type Mutant, titleOf } from './mutant.ts';

export interface Verdict {
  readonly mutant: Mutant;
  readonly caughtBy: Layer | null;
  readonly said: string;
  readonly seconds: number;
}

type Finding = Pick<Verdict, 'caughtBy' | 'said'>;

export function judge(tree: Tree): (mutant: Mutant) => Promise<Verdict> {
  const trusted = new Map<string, string | null>();

  /** What a layer says of the tree as it is; null when it holds. Asked once. */
  const complaintOfWhole = async (layer: Layer): Promise<string | null> => {
    const key = JSON.stringify(layer);
    const known = trusted.get(key);
    if (known !== undefined) return known;
    const uncompiled = await compile(tree);
    const { holds, said } = uncompiled === null ? await askLayer(tree, layer) : { holds: false, said: uncompiled };
    trusted.set(key, holds ? null : said);
    return holds ? null : said;
  };

  const find = async (mutant: Mutant): Promise<Finding> => {
    for (const layer of mutant.layers) {
      const asked = await askBroken(tree, mutant, layer);
      if (asked.kind === 'useless') return nobody(asked.said);
      if (asked.answer.holds) continue;
      const { said, witness } = asked.answer;
      const complaint = await complaintOfWhole(witness);
      if (complaint !== null) return nobody(`${titleOf(layer)} does not hold unbroken: ${complaint}`);
      return { caughtBy: layer, said };
    }
    return nobody('nobody noticed');
  };

  return async (mutant) => {
    const startedMs = performance.now();
    const finding = await find(mutant);
    return { mutant, ...finding, seconds: (performance.now() - startedMs) / 1_000 };
  };
}

type Asked = { readonly kind: 'asked'; readonly answer: Answer } | { readonly kind: 'useless'; readonly said: string };

async function askBroken(tree: Tree, mutant: Mutant, layer: Layer): Promise<Asked> {
  try {
    tree.apply(mutant.edits);
    const uncompiled = await compile(tree);
    if (uncompiled !== null) return useless(`the mutant does not compile: ${uncompiled}`);
    return { kind: 'asked', answer: await askLayer(tree, layer) };
  } catch (error) {
    if (error instanceof DoesNotApply) return useless(`the mutant does not apply: ${error.message}`);
    if (error instanceof TookTooLong) return useless(error.message);
    throw error;
  } finally {
    tree.mend();
  }
}

function useless(said: string): Asked {
  return { kind: 'useless', said };
}

function nobody(said: string): Finding {
  return { caughtBy: null, said };
}
