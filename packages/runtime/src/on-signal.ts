const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Calls `stop` at the first signal to end; the second one ends the process at once. */
export function onStopSignal(stop: (signal: string) => void): void {
  let asked = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      stop(signal);
    });
  }
}
