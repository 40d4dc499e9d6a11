/** What is still to happen, in the order of virtual time. Time stands still while something happens. */
export interface Entry {
  readonly atMs: number;
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

export interface Agenda {
  now(): number;
  in(delayMs: number, name: string, run: Entry['run']): Entry;
  at(atMs: number, name: string, run: Entry['run']): Entry;
  /** Before everything else that is planned for now. */
  first(name: string, run: Entry['run']): Entry;
  drop(entry: Entry): void;
  /** Moves time on to the next entry and hands it out; null when nothing is left before `untilMs`. */
  take(untilMs: number): Entry | null;
}

export function createAgenda(startMs: number): Agenda {
  let nowMs = startMs;
  const entries: Entry[] = [];
  const at = (atMs: number, name: string, run: Entry['run']) => {
    // Postgres keeps milliseconds.
    const entry = { atMs: Math.max(nowMs, Math.ceil(atMs)), name, run };
    const place = entries.findIndex((other) => other.atMs > entry.atMs);
    entries.splice(place < 0 ? entries.length : place, 0, entry);
    return entry;
  };
  return {
    now: () => nowMs,
    at,
    in: (delayMs, name, run) => at(nowMs + delayMs, name, run),
    first: (name, run) => {
      const entry = { atMs: nowMs, name, run };
      entries.unshift(entry);
      return entry;
    },
    drop: (entry) => {
      const place = entries.indexOf(entry);
      if (place >= 0) entries.splice(place, 1);
    },
    take: (untilMs) => {
      const [first] = entries;
      if (!first || first.atMs > untilMs) return null;
      entries.shift();
      nowMs = first.atMs;
      return first;
    },
  };
}
