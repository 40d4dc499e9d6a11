// The append-only file behind the ledger. `commit` resolves once its line is on the disk; lines that arrive while a
// write is under way share the next write and its one fsync.
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { decodeEvent, encodeEvent, type LedgerEvent } from './ledger-event.ts';

interface Line {
  readonly text: string;
  readonly resolve?: () => void;
  readonly reject?: (error: unknown) => void;
}

export class LedgerFile {
  readonly #file: FileHandle;
  #waiting: Line[] = [];
  #writing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(directory: string): Promise<{ file: LedgerFile; events: LedgerEvent[] }> {
    await mkdir(directory, { recursive: true });
    const filePath = path.join(directory, 'ledger.ndjson');
    const file = await open(filePath, 'a+');
    const text = await file.readFile('utf8');
    const wholeLines = text.slice(0, text.lastIndexOf('\n') + 1);
    // A crash in the middle of a write leaves a last line without its end; nobody was answered on the strength of it.
    if (wholeLines.length < text.length) await file.truncate(Buffer.byteLength(wholeLines));
    return { file: new LedgerFile(file), events: decodeLines(wholeLines, filePath) };
  }

  commit(event: LedgerEvent): Promise<void> {
    return new Promise((resolve, reject) => this.#add({ text: encodeEvent(event), resolve, reject }));
  }

  /** For what nobody waits on: it survives a killed process once written, but may be lost with the machine. */
  note(event: LedgerEvent): void {
    this.#add({ text: encodeEvent(event) });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  #add(line: Line): void {
    if (this.#failure !== undefined) {
      line.reject?.(this.#failure);
      return;
    }
    this.#waiting.push(line);
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file.appendFile(lines.map((line) => line.text).join(''));
        await this.#file.datasync();
        for (const line of lines) line.resolve?.();
      } catch (error) {
        this.#failure = error;
        for (const line of [...lines, ...this.#waiting]) line.reject?.(error);
        this.#waiting = [];
      }
    }
    this.#writing = undefined;
  }
}

function decodeLines(text: string, filePath: string): LedgerEvent[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return decodeEvent(line);
      } catch (cause) {
        throw new Error(`${filePath}, line ${index + 1} is not a ledger line; repair or remove the file`, { cause });
      }
    });
}
