#!/usr/bin/env bash
# Sees to it that a Docker engine answers. Where none does and this is root on Debian, installs one and starts it.
# Prints `started PID` when it started the engine (the caller ends that process when it is done), `running` when one was
# there.
set -euo pipefail

log="${1:-${TMPDIR:-/tmp}/postern-dockerd.log}"

if docker info >/dev/null 2>&1; then
  echo running
  exit 0
fi
if [[ $(id -u) -ne 0 ]]; then
  echo 'no Docker engine answers, and only root can start one' >&2
  exit 1
fi
if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null; then
  { apt-get update -q && apt-get install -y -q --no-install-recommends docker.io iptables; } >&2
fi

nohup setsid dockerd >"$log" 2>&1 </dev/null &
pid=$!
for _ in $(seq 1 120); do
  if docker info >/dev/null 2>&1; then
    echo "started $pid"
    exit 0
  fi
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.5
done
echo 'the Docker engine does not start; its last words:' >&2
tail -n 20 "$log" >&2
kill "$pid" 2>/dev/null || true
exit 1
