/** Text to lines. A line longer than LINE_LENGTH_MAX is passed on cut and marked, so that no line can fill the memory. */
export const LINE_LENGTH_MAX = 1024 * 1024;

export interface TextLine {
  readonly line: number;
  readonly text: string;
  readonly isCut: boolean;
}

/** Yields the lines of each piece of text together. */
export async function* splitLines(texts: AsyncIterable<string>): AsyncGenerator<TextLine[]> {
  let line = 1;
  let rest = '';
  let isCut = false;
  const keep = (more: string) => {
    if (rest.length + more.length > LINE_LENGTH_MAX) isCut = true;
    rest = (rest + more).slice(0, LINE_LENGTH_MAX);
  };
  for await (const text of texts) {
    const lines: TextLine[] = [];
    const parts = text.split('\n');
    for (const [i, part] of parts.entries()) {
      keep(part);
      if (i === parts.length - 1) break;
      lines.push({ line, text: rest, isCut });
      line += 1;
      rest = '';
      isCut = false;
    }
    yield lines;
  }
  if (rest !== '') yield [{ line, text: rest, isCut }];
}
