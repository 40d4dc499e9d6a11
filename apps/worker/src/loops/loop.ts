/** Runs something again and again: on a timer, and at once when woken. Never twice at the same time; wakes in between count as one. */
export interface Loop {
  wake(): void;
  /** Resolves when the run in progress has ended. */
  stop(): Promise<void>;
}

export function startLoop(options: {
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}): Loop {
  let stopped = false;
  let woken = false;
  let interrupt: () => void = () => {};

  async function turn(): Promise<void> {
    while (!stopped) {
      woken = false;
      await options.run().catch(options.onError);
      if (!woken && !stopped) await pause();
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, options.everyMs);
      interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = turn();
  return {
    wake: () => {
      woken = true;
      interrupt();
    },
    stop: async () => {
      stopped = true;
      interrupt();
      await running;
    },
  };
}
