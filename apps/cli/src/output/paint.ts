import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** Colours only on a terminal, and only where they are wanted. */
export function makePaint(target: { readonly isTTY?: boolean | undefined }, wanted: boolean): Paint {
  if (!wanted || target.isTTY !== true) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
