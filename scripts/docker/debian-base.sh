#!/usr/bin/env bash
# Builds postern-stand-in/debian:bookworm from Debian's packages: the base of the other stand-in images where no image
# registry can be reached. Does nothing when the image is there; give --again to build it anew.
set -euo pipefail

image=postern-stand-in/debian:bookworm
if [[ ${1:-} != --again ]] && docker image inspect "$image" >/dev/null 2>&1; then
  exit 0
fi
if ! command -v debootstrap >/dev/null; then
  apt-get update -q && apt-get install -y -q --no-install-recommends debootstrap
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=ca-certificates,libstdc++6,libssl3 bookworm "$root/debian"
# The authorities this machine trusts, so that clients inside reach the same registries.
cp /etc/ssl/certs/ca-certificates.crt "$root/debian/etc/ssl/certs/ca-certificates.crt"
rm -rf "$root"/debian/var/cache/apt/archives/*.deb "$root"/debian/var/lib/apt/lists/*
tar -C "$root/debian" -c . | docker import --change 'CMD ["/bin/bash"]' - "$image" >/dev/null
