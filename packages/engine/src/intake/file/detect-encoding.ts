/**
 * Which text a file's first bytes promise. UTF-8 unless a byte order mark says UTF-16; whatever is recognisably no text
 * at all is named, so that the person knows what to do with it.
 */
import { type FileProblem, fileProblem } from './file-problem.ts';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export type EncodingVerdict =
  | { readonly kind: 'text'; readonly encoding: TextEncoding; readonly bom: boolean }
  | { readonly kind: 'refused'; readonly status: 415 | 422; readonly problem: FileProblem };

const NOT_TEXT: readonly { readonly bytes: readonly number[]; readonly what: string; readonly remedy: string }[] = [
  { bytes: [0x1f, 0x8b], what: 'gzip', remedy: 'Unpack it (gunzip) and send the file inside.' },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    what: 'an Excel workbook (.xlsx) or a zip archive',
    remedy: 'Save the sheet as "CSV UTF-8", or unpack the archive, and send that.',
  },
  { bytes: [0x50, 0x4b, 0x05, 0x06], what: 'an empty zip archive', remedy: 'Send the file itself.' },
  {
    bytes: [0xd0, 0xcf, 0x11, 0xe0],
    what: 'an old Excel workbook (.xls)',
    remedy: 'Save the sheet as "CSV UTF-8" and send that.',
  },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF', remedy: 'Send the table as CSV.' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'zstd', remedy: 'Unpack it and send the file inside.' },
  { bytes: [0x42, 0x5a, 0x68], what: 'bzip2', remedy: 'Unpack it and send the file inside.' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'xz', remedy: 'Unpack it and send the file inside.' },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf], what: 'a 7-Zip archive', remedy: 'Unpack it and send the file inside.' },
  { bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG image', remedy: 'Send the table as CSV.' },
  { bytes: [0xff, 0xd8, 0xff], what: 'a JPEG image', remedy: 'Send the table as CSV.' },
  { bytes: [0x50, 0x41, 0x52, 0x31], what: 'a Parquet file', remedy: 'Export it as CSV or NDJSON and send that.' },
  {
    bytes: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65],
    what: 'an SQLite database',
    remedy: 'Export the table as CSV and send that.',
  },
];
const MP4_BRAND_AT = 4;

export function detectEncoding(head: Uint8Array): EncodingVerdict {
  const known = NOT_TEXT.find(({ bytes }) => startsWith(head, bytes));
  if (known) return notText(known.what, known.remedy);
  if (startsWith(head.subarray(MP4_BRAND_AT), [0x66, 0x74, 0x79, 0x70])) {
    return notText('an MP4 video', 'Send a table that names the videos by URL.');
  }
  if (startsWith(head, [0xff, 0xfe, 0, 0]) || startsWith(head, [0, 0, 0xfe, 0xff])) return unreadable('UTF-32', 0);
  if (startsWith(head, [0xef, 0xbb, 0xbf])) return { kind: 'text', encoding: 'utf-8', bom: true };
  if (startsWith(head, [0xff, 0xfe])) return { kind: 'text', encoding: 'utf-16le', bom: true };
  if (startsWith(head, [0xfe, 0xff])) return { kind: 'text', encoding: 'utf-16be', bom: true };
  // Text in UTF-16 has a zero in every other byte of what it writes in Latin letters.
  if (head[0] === 0 || head[1] === 0) return unreadable('UTF-16 without a byte order mark', head[0] === 0 ? 0 : 1);
  return { kind: 'text', encoding: 'utf-8', bom: false };
}

function startsWith(head: Uint8Array, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => head[i] === byte);
}

function notText(what: string, remedy: string): EncodingVerdict {
  return {
    kind: 'refused',
    status: 415,
    problem: fileProblem('unsupported_file', `The file is ${what}, not text. ${remedy}`),
  };
}

function unreadable(what: string, at: number): EncodingVerdict {
  const message = `The file looks like ${what} (byte ${at + 1}), which is not read. Save it as UTF-8 and send it again.`;
  return { kind: 'refused', status: 422, problem: fileProblem('unreadable_encoding', message, { line: 1 }) };
}
