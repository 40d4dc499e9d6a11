import { createWriteStream, type WriteStream } from 'node:fs';
import { createLogger, type Logger, type LogLevel } from '@reelay/runtime';

export interface StackLog {
  readonly logger: Logger;
  readonly file: string;
  close(): Promise<void>;
}

/** pino writes the level first, so the lines that a person should see are known without parsing the others. */
const FOR_PEOPLE = /^\{"level":(?:50|60),/;

/** Everything goes into the file as JSON; errors are also said, one line each. */
export function openStackLog(file: string, level: LogLevel, say: (line: string) => void): StackLog {
  const out: WriteStream = createWriteStream(file, { flags: 'a', mode: 0o600 });
  // A full disk must not end the stack.
  out.on('error', (error) => say(`the log ${file} cannot be written: ${error.message}`));
  const write = (line: string) => {
    out.write(line);
    if (FOR_PEOPLE.test(line)) say(`error: ${summaryOf(line)} (see ${file})`);
  };
  return {
    logger: createLogger({ level, destination: { write } }),
    file,
    close: () => new Promise((resolve) => out.end(resolve)),
  };
}

function summaryOf(line: string): string {
  try {
    const entry = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return [entry.msg, entry.err?.message].filter(Boolean).join(': ');
  } catch {
    return 'something went wrong';
  }
}
