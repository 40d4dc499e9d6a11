/** A store that the drill kills, restarts and freezes. Both of them keep what they acknowledged when only their process dies. */
export interface Store {
  readonly name: 'postgres' | 'redis';
  readonly port: number;
  /** kill -9 and start again; resolves when it answers. */
  kill(): Promise<void>;
  /** SIGSTOP for a while. */
  freeze(ms: number): Promise<void>;
  stop(): Promise<void>;
}
