#!/usr/bin/env bash
# build-image.sh TAG: builds the image of this tree. Where the Dockerfile's bases cannot be pulled, stand-ins are built
# and used. Prints which bases it took.
set -euo pipefail

tag=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

default_of() { sed -n "s/^ARG $1=//p" "$root/Dockerfile"; }
is_there() { docker image inspect "$1" >/dev/null 2>&1 || docker pull --quiet "$1" >/dev/null 2>&1; }

labels=(--build-arg "VERSION=$(node -p "require('$root/package.json').version")"
  --build-arg "REVISION=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)"
  --build-arg "CREATED=$(date -u +%Y-%m-%dT%H:%M:%SZ)")
if is_there "$(default_of NODE_IMAGE)" && is_there "$(default_of RUNTIME_IMAGE)"; then
  echo "bases: $(default_of NODE_IMAGE), $(default_of RUNTIME_IMAGE)"
  docker build --quiet --tag "$tag" "${labels[@]}" "$root"
else
  "$here/node-bases.sh" >/dev/null
  echo 'bases: stand-ins, no image registry is reached'
  docker build --quiet --network host --tag "$tag" "${labels[@]}" \
    --build-arg NODE_IMAGE=postern-stand-in/node:24 --build-arg RUNTIME_IMAGE=postern-stand-in/cc:nonroot "$root"
fi
