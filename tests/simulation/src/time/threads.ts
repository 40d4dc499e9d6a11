/**
 * Runs verbs as virtual threads: exactly one goes at a time, until it waits in virtual time or ends. So a seed decides
 * every order of events, while the code between two waits runs as it is. One thread at a time may wait inside its
 * transaction: whoever then waits for one of its locks makes it go on at once.
 */
import type { Agenda, Entry } from './agenda.ts';

/** A process of the simulated world. Dead or frozen, its threads do not go on. */
export interface Host {
  readonly name: string;
  /** Counts lives: a thread of an earlier life never runs again. */
  life: number;
  alive: boolean;
  frozenUntilMs: number;
  /** How far this machine's wall clock is off. */
  readonly clockErrorMs: number;
}

export interface Thread {
  readonly name: string;
  /** Counts threads: each has chance of its own. */
  readonly number: number;
  readonly host: Host;
  /** Waits in virtual time. Never inside a transaction. */
  sleep(durationMs: number): Promise<void>;
  /** Waits inside a transaction, its locks held; false when another does that already. */
  hold(durationMs: number, begins: () => void): Promise<boolean>;
  /** Ends this thread where it stands: its process is dead. */
  stopForGood(): Promise<never>;
}

/** Thrown inside a transaction when the process dies there, so that it rolls back. */
export class Killed extends Error {}

export interface Threads {
  /** Runs a new thread until it first waits or ends. */
  spawn(host: Host, name: string, body: (thread: Thread) => Promise<void>): Promise<void>;
}

export interface ThreadsParts {
  readonly agenda: Agenda;
  /** Whether somebody waits for a lock of the database. */
  readonly isLockAwaited: () => Promise<boolean>;
  readonly onBlocked: (thread: Thread) => void;
  readonly onError: (thread: Thread, error: unknown) => void;
}

const STEP_MAX_MS = 20_000;
const LOOK_AT_LOCKS_MS = 4;

export function createThreads({ agenda, isLockAwaited, onBlocked, onError }: ThreadsParts): Threads {
  const pauses = new Map<Thread, () => void>();
  let count = 0;
  /** The thread that waits inside its transaction, and its way on. */
  let holder: { readonly thread: Thread; entry: Entry; readonly goOn: Entry['run'] } | null = null;
  /** The thread that waits for a lock of the holder, until it waits in virtual time or ends. */
  let blocked: Promise<void> | null = null;

  async function go(thread: Thread, start: () => void): Promise<void> {
    const paused = new Promise<void>((resolve) => {
      pauses.set(thread, resolve);
      start();
    });
    const isBlocked = holder !== null && (await blocksBefore(paused));
    if (isBlocked && holder) {
      blocked = paused;
      onBlocked(thread);
      agenda.drop(holder.entry);
      holder.entry = agenda.first(thread.name, holder.goOn);
      return;
    }
    await inTime(paused, thread);
    if (holder === null && blocked !== null) await inTime(blocked, thread).finally(() => (blocked = null));
    // What the thread does besides waiting needs no time and no store: it ends within this turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async function blocksBefore(paused: Promise<void>): Promise<boolean> {
    const over = paused.then(() => true);
    for (;;) {
      const soon = new Promise<false>((resolve) => setTimeout(resolve, LOOK_AT_LOCKS_MS, false));
      if (await Promise.race([over, soon])) return false;
      if (await isLockAwaited()) return true;
    }
  }

  const pauseNow = (thread: Thread) => {
    pauses.get(thread)?.();
    pauses.delete(thread);
  };

  function makeThread(host: Host, name: string): Thread {
    const { life } = host;
    count += 1;
    const wake = (resolve: () => void): void | Promise<void> => {
      if (!host.alive || host.life !== life) return;
      const now = agenda.now();
      if (host.frozenUntilMs > now) {
        agenda.at(host.frozenUntilMs + 1, name, () => wake(resolve));
        return;
      }
      return go(thread, resolve);
    };
    const thread: Thread = {
      name,
      number: count,
      host,
      sleep: (durationMs) =>
        new Promise((resolve) => {
          agenda.in(durationMs, name, () => wake(resolve));
          pauseNow(thread);
        }),
      hold: (durationMs, begins) => {
        if (holder !== null || blocked !== null) return Promise.resolve(false);
        return new Promise((resolve) => {
          const goOn = () => {
            holder = null;
            return go(thread, () => resolve(true));
          };
          holder = { thread, entry: agenda.in(durationMs, name, goOn), goOn };
          begins();
          pauseNow(thread);
        });
      },
      stopForGood: () => new Promise<never>(() => pauseNow(thread)),
    };
    return thread;
  }

  return {
    spawn: (host, name, body) => {
      const thread = makeThread(host, name);
      return go(thread, () => {
        body(thread).then(
          () => pauseNow(thread),
          (error: unknown) => {
            if (!(error instanceof Killed)) onError(thread, error);
            pauseNow(thread);
          },
        );
      });
    },
  };
}

async function inTime(paused: Promise<void>, thread: Thread): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${thread.name} neither ends nor waits`)), STEP_MAX_MS);
  });
  await Promise.race([paused, hangs]).finally(() => clearTimeout(timer));
}
