/**
 * Imported before everything else: this process's wall clock goes wrong by REELAY_DRILL_CLOCK_SHIFT_MS, for our code and
 * for every library.
 */
const shiftMs = Number(process.env.REELAY_DRILL_CLOCK_SHIFT_MS ?? 0);

if (shiftMs !== 0) {
  const RealDate = Date;
  const now = () => RealDate.now() + shiftMs;
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}
