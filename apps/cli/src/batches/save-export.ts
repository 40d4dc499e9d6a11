import path from 'node:path';
import type { Session } from '../session.ts';
import { download } from './download.ts';

/** Shown by what follows the name; with `-` the rows themselves are the only thing on the standard output. */
export async function saveExport(
  session: Session,
  output: string,
  from: string,
  query: Record<string, string | undefined>,
): Promise<void> {
  const { io } = session;
  const toStdout = output === '-';
  const file = path.resolve(io.cwd, output);
  const { bytes, complete } = await download(session.client, {
    path: from,
    query,
    to: toStdout ? io.stdout : file,
    signal: io.signal,
  });
  if (complete === false)
    io.stderr.write('incomplete: jobs of this batch are still open; run the command again later\n');
  if (toStdout) return;
  session.document({ file, bytes, complete });
  session.say(`wrote ${file} (${bytes} bytes)`);
}
