/** How far the drill is: one line that is drawn again on a terminal, a plain line every ten seconds otherwise. */
export interface Progress {
  stop(): void;
}

const PLAIN_EVERY_MS = 10_000;
const DRAWN_EVERY_MS = 500;

export function showProgress(lineOf: () => Promise<string>): Progress {
  const { isTTY } = process.stdout;
  const draw = async () => {
    const line = await lineOf().catch(() => null);
    if (line === null) return;
    process.stdout.write(isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  };
  const timer = setInterval(() => void draw(), isTTY ? DRAWN_EVERY_MS : PLAIN_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      if (isTTY) process.stdout.write('\r\u001b[2K');
    },
  };
}
