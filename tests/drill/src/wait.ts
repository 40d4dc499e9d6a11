export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Asks until the answer is true; false when it was not in time. An answer that throws counts as no. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 100 }: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<boolean> {
  const endsAtMs = performance.now() + timeoutMs;
  for (;;) {
    if (await isTrue(condition)) return true;
    if (performance.now() > endsAtMs) return false;
    await pause(everyMs);
  }
}

async function isTrue(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await condition();
  } catch {
    return false;
  }
}
