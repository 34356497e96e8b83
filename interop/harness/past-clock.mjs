// Preloaded into a service that makes expired tokens: its wall clock is behind by CLOCK_BEHIND_MS.
const RealDate = Date;
const behindMs = Number(process.env.CLOCK_BEHIND_MS);
const now = () => RealDate.now() - behindMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
