/** A process that is started again whenever it ends, at once, as a production supervisor would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Order, Report } from '../programs/messages.ts';
import { PROJECT_ROOT } from '../project-root.ts';
import { until } from '../wait.ts';

export interface ProcessSpec {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  /** Left out: the process reports by itself that it is ready. */
  readonly isReady?: () => Promise<boolean>;
}

export interface Supervised {
  readonly name: string;
  readonly log: string;
  /** Ends that nobody asked for: how, and how long after the start. */
  readonly ownEnds: readonly string[];
  readonly starts: number;
  isUp(): boolean;
  whenUp(timeoutMs: number): Promise<boolean>;
  signal(name: NodeJS.Signals): boolean;
  /** SIGKILL; resolves when the process is gone. The next one is on its way then. */
  kill(): Promise<boolean>;
  /** SIGTERM; resolves with the exit code, and milliseconds it took. */
  terminate(): Promise<{ code: number | null; tookMs: number } | null>;
  send(order: Order): void;
  onUp(listener: () => void): void;
  onReport(listener: (report: Report) => void): void;
  stopForGood(): Promise<void>;
}

const RESTART_AFTER_OWN_END_MS = 500;

export function supervise(spec: ProcessSpec): Supervised {
  const ownEnds: string[] = [];
  const upListeners: (() => void)[] = [];
  const reportListeners: ((report: Report) => void)[] = [];
  let child: ChildProcess | undefined;
  let isUp = false;
  let starts = 0;
  let stopped = false;
  let terminating = false;

  function start(): void {
    if (stopped) return;
    starts += 1;
    terminating = false;
    const startedAtMs = performance.now();
    const log = openSync(spec.log, 'a');
    const started = spawn(process.execPath, [spec.script, ...(spec.args ?? [])], {
      cwd: PROJECT_ROOT,
      env: { PATH: process.env.PATH, ...spec.env },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    child = started;
    started.on('message', (report: Report) => {
      if (report.kind === 'ready') becomeUp(started);
      for (const listener of reportListeners) listener(report);
    });
    started.on('error', () => {});
    started.once('exit', (code, signal) => {
      const wasUp = isUp;
      isUp = false;
      child = undefined;
      if (stopped) return;
      const own = code !== null && !terminating;
      // A process that could not start because its stores are away has said so and tries again.
      if (own && wasUp) {
        ownEnds.push(`exit code ${code}, ${Math.round((performance.now() - startedAtMs) / 1_000)} s after its start`);
      } else if (signal !== null && signal !== 'SIGKILL' && signal !== 'SIGTERM') ownEnds.push(`signal ${signal}`);
      setTimeout(start, own ? RESTART_AFTER_OWN_END_MS : 0);
    });
    if (spec.isReady)
      void until(spec.isReady, { timeoutMs: 60_000, everyMs: 50 }).then((ok) => ok && becomeUp(started));
  }

  function becomeUp(started: ChildProcess): void {
    if (child !== started) return;
    isUp = true;
    for (const listener of upListeners) listener();
  }

  start();
  const whenUp = (timeoutMs: number) => until(() => isUp, { timeoutMs, everyMs: 20 });
  return {
    name: spec.name,
    log: spec.log,
    ownEnds,
    get starts() {
      return starts;
    },
    isUp: () => isUp,
    whenUp,
    signal: (name) => child?.kill(name) ?? false,
    kill: async () => {
      const victim = child;
      if (!victim || hasEnded(victim)) return false;
      const exited = once(victim, 'exit');
      victim.kill('SIGKILL');
      await exited;
      return true;
    },
    terminate: async () => {
      const victim = child;
      if (!victim || hasEnded(victim)) return null;
      const startedAtMs = performance.now();
      terminating = true;
      const exited = once(victim, 'exit') as Promise<[number | null]>;
      victim.kill('SIGTERM');
      const [code] = await exited;
      return { code, tookMs: performance.now() - startedAtMs };
    },
    send: (order) => {
      if (child?.connected) child.send(order, () => {});
    },
    onUp: (listener) => void upListeners.push(listener),
    onReport: (listener) => void reportListeners.push(listener),
    stopForGood: async () => {
      stopped = true;
      const victim = child;
      if (!victim || hasEnded(victim)) return;
      const exited = once(victim, 'exit');
      victim.kill('SIGKILL');
      await exited;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
