import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

// The example's rows over and over, each with a custom_id of its own. Returns the bytes written.
export function writeCsv(example, target, rowCount) {
  const [header, ...rows] = readFileSync(example, 'utf8').trimEnd().split(/\r?\n/);
  const out = openSync(target, 'w');
  let bytes = writeSync(out, `${header}\n`);
  for (let start = 0; start < rowCount; start += 1_000) {
    const count = Math.min(1_000, rowCount - start);
    bytes += writeSync(out, Array.from({ length: count }, (_, i) => numbered(rows, start + i)).join(''));
  }
  closeSync(out);
  return bytes;
}

function numbered(rows, i) {
  return `n${i}-${rows[i % rows.length]}\n`;
}
