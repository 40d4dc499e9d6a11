/**
 * Which digests were seen before, on which line first and how often: 24 bytes each in typed arrays, because a file may hold
 * millions of rows. It never holds more than `entriesMax`; what comes after is not remembered, and it says so.
 */
export interface Seen {
  /** From 1. */
  readonly count: number;
  readonly firstLine: number;
}

/** A digest's four words, the line, the count. */
const WORDS = 6;
const LINE = 4;
const COUNT = 5;
const SLOTS_MIN = 1_024;
/** Half full at most, so that a search ends soon. */
const SLOTS_PER_ENTRY = 2;
export const DIGEST_BYTES = 16;

export class DigestIndex {
  #words = new Uint32Array(SLOTS_MIN * WORDS);
  #entries = 0;
  #complete = true;
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Null when it is full and the digest is not among those that it holds. */
  add(digest: Uint8Array, line: number): Seen | null {
    const key = wordsOf(digest);
    const at = this.#slotOf(key);
    const count = this.#words[at + COUNT] ?? 0;
    if (count > 0) {
      this.#words[at + COUNT] = count + 1;
      return { count: count + 1, firstLine: this.#words[at + LINE] ?? 0 };
    }
    if (this.#entries >= this.#entriesMax) {
      this.#complete = false;
      return null;
    }
    this.#words.set([...key, line, 1], at);
    this.#entries += 1;
    if (this.#entries * SLOTS_PER_ENTRY * WORDS > this.#words.length) this.#grow();
    return { count: 1, firstLine: line };
  }

  /** False when something was not remembered. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** Where the key is, or the free place where it belongs. */
  #slotOf(key: Uint32Array): number {
    const words = this.#words;
    const slots = words.length / WORDS;
    for (let slot = (key[0] ?? 0) % slots; ; slot = (slot + 1) % slots) {
      const at = slot * WORDS;
      if (words[at + COUNT] === 0 || isAt(words, at, key)) return at;
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + COUNT] === 0) continue;
      const entry = old.subarray(at, at + WORDS);
      this.#words.set(entry, this.#slotOf(entry));
    }
  }
}

function isAt(words: Uint32Array, at: number, key: Uint32Array): boolean {
  return words[at] === key[0] && words[at + 1] === key[1] && words[at + 2] === key[2] && words[at + 3] === key[3];
}

function wordsOf(digest: Uint8Array): Uint32Array {
  if (digest.byteLength !== DIGEST_BYTES) throw new TypeError(`a digest has ${DIGEST_BYTES} bytes`);
  const view = new DataView(digest.buffer, digest.byteOffset, DIGEST_BYTES);
  return Uint32Array.of(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12));
}
