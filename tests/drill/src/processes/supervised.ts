/** A process that is started again whenever it ends, at once, as a production supervisor would. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Order, Report } from '../programs/messages.ts';
import { until } from '../wait.ts';
import { type ProcessSpec, spawnLogged } from './spawn-logged.ts';

const RESTART_AFTER_OWN_END_MS = 500;
const PROBE = { timeoutMs: 60_000, everyMs: 50 };

export class Supervised {
  readonly name: string;
  readonly log: string;
  /** Ends that nobody asked for: how, and how long after the start. */
  readonly ownEnds: string[] = [];
  readonly #spec: ProcessSpec;
  readonly #upListeners: (() => void)[] = [];
  readonly #reportListeners: ((report: Report) => void)[] = [];
  #child: ChildProcess | undefined;
  #isUp = false;
  #starts = 0;
  #startedAtMs = 0;
  #isStopped = false;
  #isTerminating = false;

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
    this.name = spec.name;
    this.log = spec.log;
    this.#start();
  }

  get starts(): number {
    return this.#starts;
  }

  whenUp(timeoutMs: number): Promise<boolean> {
    return until(() => this.#isUp, { timeoutMs, everyMs: 20 });
  }

  onUp(listener: () => void): void {
    this.#upListeners.push(listener);
  }

  onReport(listener: (report: Report) => void): void {
    this.#reportListeners.push(listener);
  }

  send(order: Order): void {
    if (this.#child?.connected) this.#child.send(order, () => {});
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** SIGKILL; resolves when the process is gone. The next one is on its way then. */
  async kill(): Promise<boolean> {
    return (await this.#end('SIGKILL')) !== null;
  }

  /** SIGTERM; resolves to the exit code and the milliseconds that it took. */
  async terminate(): Promise<{ code: number | null; tookMs: number } | null> {
    const fromMs = performance.now();
    this.#isTerminating = true;
    const end = await this.#end('SIGTERM');
    return end && { code: end.code, tookMs: performance.now() - fromMs };
  }

  async stopForGood(): Promise<void> {
    this.#isStopped = true;
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<{ code: number | null } | null> {
    const victim = this.#child;
    if (!victim || victim.exitCode !== null || victim.signalCode !== null) return null;
    const exited = once(victim, 'exit') as Promise<[number | null]>;
    victim.kill(signal);
    const [code] = await exited;
    return { code };
  }

  #start(): void {
    if (this.#isStopped) return;
    this.#starts += 1;
    this.#startedAtMs = performance.now();
    this.#isTerminating = false;
    const child = spawnLogged(this.#spec);
    this.#child = child;
    child.on('message', (report: Report) => {
      if (report.kind === 'ready') this.#becomeUp(child);
      for (const listener of this.#reportListeners) listener(report);
    });
    child.on('error', () => {});
    child.once('exit', (code, signal) => this.#ended(code, signal));
    const { isReady } = this.#spec;
    if (isReady) void until(isReady, PROBE).then((ready) => ready && this.#becomeUp(child));
  }

  #becomeUp(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#isUp = true;
    for (const listener of this.#upListeners) listener();
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    const wasUp = this.#isUp;
    this.#isUp = false;
    this.#child = undefined;
    if (this.#isStopped) return;
    // One that could not start because its stores are away has said so, and is tried again.
    const byItself = code !== null && !this.#isTerminating;
    const killed = signal === 'SIGKILL' || signal === 'SIGTERM';
    if ((byItself && wasUp) || (signal !== null && !killed)) this.#noteOwnEnd(`exit code ${code}, signal ${signal}`);
    setTimeout(() => this.#start(), byItself ? RESTART_AFTER_OWN_END_MS : 0);
  }

  #noteOwnEnd(how: string): void {
    const seconds = Math.round((performance.now() - this.#startedAtMs) / 1_000);
    this.ownEnds.push(`${how}, ${seconds} s after its start`);
  }
}
