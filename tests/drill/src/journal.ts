/** What happened during a drill, in its order, for the report and for the recovery times. */
export interface JournalEntry {
  readonly kind: string;
  readonly target: string;
  readonly atMs: number;
  /** When it was over: the process or store was back, the link open. */
  readonly endedAtMs: number | null;
  readonly note: string | null;
}

export interface Journal {
  readonly entries: readonly JournalEntry[];
  /** Runs something that lasts and writes down both of its ends. What it throws becomes its note. */
  during(kind: string, target: string, work: () => Promise<string | undefined>): Promise<void>;
  countOf(kind: string): number;
}

export function openJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    entries,
    during: async (kind, target, work) => {
      const entry = { kind, target, atMs: Date.now(), endedAtMs: null as number | null, note: null as string | null };
      entries.push(entry);
      try {
        entry.note = (await work()) ?? null;
      } catch (error) {
        entry.note = `did not go as planned: ${error instanceof Error ? error.message : String(error)}`;
      }
      entry.endedAtMs = Date.now();
    },
    countOf: (kind) => entries.filter((entry) => entry.kind === kind).length,
  };
}
