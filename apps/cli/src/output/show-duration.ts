const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3600;

/** 80_000 as "1 min 20 s": two units at most, none of them zero. */
export function showDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < SECONDS_PER_MINUTE) return `${seconds} s`;
  if (seconds < SECONDS_PER_HOUR) return join(seconds, SECONDS_PER_MINUTE, 'min', 1, 's');
  return join(seconds, SECONDS_PER_HOUR, 'h', SECONDS_PER_MINUTE, 'min');
}

function join(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const head = `${Math.floor(seconds / large)} ${largeName}`;
  return rest === 0 ? head : `${head} ${rest} ${smallName}`;
}
