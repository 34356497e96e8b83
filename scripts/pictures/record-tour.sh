#!/usr/bin/env bash
# record-tour.sh: records docs/pictures/tour.svg anew, from a real run of scripts/pictures/tour.sh in a fresh clone.
# Needs asciinema 2, grpcurl, jq, and the ports 50051 and 8080; svg-term-cli is installed for the time.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NO_UPDATE_NOTIFIER=1

git clone --quiet "$root" "$work/postern"
(cd "$work/postern" && node bin/postern.js version >/dev/null)
npm install --prefix "$work/svg-term" --ignore-scripts --no-audit --no-fund --silent svg-term-cli@2.1.1
cd "$work/postern"
asciinema rec --quiet --cols 116 --rows 33 --env TERM \
  --command "bash $root/scripts/pictures/tour.sh" "$work/tour.cast"
# The place of the clone says nothing to a reader, and no reader wants to wait for a busy machine. The event at the end,
# which draws nothing, keeps the last screen for four seconds: svg-term begins again with the last event.
sed "s#$work#~#g" "$work/tour.cast" | jq -cs --argjson longest 1.5 '.[0], (reduce .[1:][] as [$at, $kind, $text]
  ({now: 0, last: 0, events: []}; .now += ([$at - .last, $longest] | min) | .last = $at
  | .events += [[.now, $kind, $text]])
  | .events[], [.now + 4, "o", "\u001b[0m"])' >"$work/shown.cast"
mkdir -p "$root/docs/pictures"
"$work/svg-term/node_modules/.bin/svg-term" --in "$work/shown.cast" --window --no-cursor \
  --out "$root/docs/pictures/tour.svg"
du -h "$root/docs/pictures/tour.svg"
