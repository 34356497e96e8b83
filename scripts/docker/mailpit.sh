#!/usr/bin/env bash
# Sees to it that the image of Mailpit is there that compose.yaml names. Where no image registry can be reached, builds
# a stand-in: Debian with the binary that the tests use without Docker.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
image=${MAILPIT_IMAGE:-axllent/mailpit:v1.33.1}

if docker image inspect "$image" >/dev/null 2>&1 || timeout 60 docker pull -q "$image" >/dev/null 2>&1; then
  exit 0
fi
"$here/debian-base.sh" >/dev/null

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
mailpit=$(node -r ./test/support/processes/register-typescript.cjs -e "
  require('./test/support/mail/mailpit').mailpitBinary().then((path) => process.stdout.write(path));")
cp "$mailpit" "$work/mailpit"

cat >"$work/Dockerfile" <<'DOCKERFILE'
FROM postern-stand-in/debian:bookworm
COPY mailpit /mailpit
RUN /mailpit version --no-release-check
EXPOSE 1025 8025
HEALTHCHECK --interval=1s CMD ["/mailpit", "readyz"]
ENTRYPOINT ["/mailpit"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build -q -t "$image" "$work"
