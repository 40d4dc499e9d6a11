/**
 * Runs verbs as virtual threads: exactly one goes at a time, until it waits in virtual time or ends. So a seed decides
 * every order of events, while the code between two waits runs as it is.
 */
import type { Agenda } from './agenda.ts';

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
  readonly host: Host;
  /** Waits in virtual time. Never inside a transaction. */
  sleep(durationMs: number): Promise<void>;
  /** Ends this thread where it stands: its process is dead. */
  stopForGood(): Promise<never>;
}

/** Thrown inside a transaction when the process dies there, so that it rolls back. */
export class Killed extends Error {}

export interface Threads {
  /** Runs a new thread until it first waits or ends. */
  spawn(host: Host, name: string, body: (thread: Thread) => Promise<void>): Promise<void>;
}

const STEP_MAX_MS = 20_000;

export function createThreads(agenda: Agenda, onError: (thread: Thread, error: unknown) => void): Threads {
  let pause: (() => void) | null = null;

  async function go(thread: Thread, start: () => void): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${thread.name} neither ends nor waits`)), STEP_MAX_MS);
    });
    const paused = new Promise<void>((resolve) => {
      pause = resolve;
      start();
    });
    await Promise.race([paused, hangs]).finally(() => clearTimeout(timer));
    // What the thread does besides waiting needs no time and no store: it ends within this turn.
    await new Promise((resolve) => setImmediate(resolve));
  }

  const pauseNow = () => {
    pause?.();
    pause = null;
  };

  function makeThread(host: Host, name: string): Thread {
    const { life } = host;
    const wake = (thread: Thread, resolve: () => void): void | Promise<void> => {
      if (!host.alive || host.life !== life) return;
      const now = agenda.now();
      if (host.frozenUntilMs > now) {
        agenda.at(host.frozenUntilMs + 1, name, () => wake(thread, resolve));
        return;
      }
      return go(thread, resolve);
    };
    const thread: Thread = {
      name,
      host,
      sleep: (durationMs) =>
        new Promise((resolve) => {
          agenda.in(durationMs, name, () => wake(thread, resolve));
          pauseNow();
        }),
      stopForGood: () =>
        new Promise<never>(() => {
          pauseNow();
        }),
    };
    return thread;
  }

  return {
    spawn: (host, name, body) => {
      const thread = makeThread(host, name);
      return go(thread, () => {
        body(thread).then(pauseNow, (error: unknown) => {
          if (!(error instanceof Killed)) onError(thread, error);
          pauseNow();
        });
      });
    },
  };
}
