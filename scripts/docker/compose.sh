#!/usr/bin/env bash
# Builds docker compose from its Go module into .cache/docker-compose, where the plugin is not installed; a few minutes
# once. It cannot be installed by `go install`: its go.mod holds exclusions.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
built="$root/.cache/docker-compose"
if docker compose version >/dev/null 2>&1 || [[ -x $built ]]; then
  exit 0
fi
mkdir -p "$root/.cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
go mod init composebuild >/dev/null 2>&1
go get github.com/docker/compose/v2/cmd@v2.40.3 >/dev/null 2>&1
go build -trimpath -ldflags '-s -w' -o "$built" github.com/docker/compose/v2/cmd
