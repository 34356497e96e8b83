// Preloaded into the service: the wall clock is ahead by as many ms as the file CLOCK_STEP_FILE says, which is read
// every 10 ms. Timers and the monotonic clock go on, as they do when a person sets the clock of a machine.
const { readFileSync } = require('node:fs');

const RealDate = Date;
let step = 0;

function now() {
  return RealDate.now() + step;
}

setInterval(() => {
  try {
    step = Number(readFileSync(process.env.CLOCK_STEP_FILE, 'utf8'));
  } catch {
    // Not written yet.
  }
}, 10).unref();

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
