# Both bases can be pinned by digest: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:...
# The runtime base is glibc, libstdc++ and certificates: no shell, no package manager. Node comes from NODE_IMAGE,
# so the Node that installed the binary packages is the Node that runs them.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM manifests AS dependencies
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# The list of what is really in the image: npm counts development packages as missing while the manifest names them.
RUN npm pkg delete devDependencies && npm sbom --omit=dev --sbom-format=cyclonedx > /sbom.cdx.json
# Types and source maps of packages are for compilers and debuggers; licences stay. /data is open to any user the
# container is run as, also when a tmpfs, which takes over its mode, lies on it.
RUN find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' \) -delete \
 && rm -rf node_modules/@types node_modules/.bin node_modules/.package-lock.json \
 && mkdir -p /skeleton && mkdir -m 1777 /skeleton/data

FROM manifests AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node_modules/.bin/tsc -p tsconfig.build.json

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Postern" \
      org.opencontainers.image.description="Self-hosted gRPC authentication service" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
WORKDIR /app
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=dependencies /sbom.cdx.json /usr/share/postern/sbom.cdx.json
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies --chown=65532:65532 /skeleton /
COPY package.json LICENSE ./
COPY proto proto
COPY mail-templates mail-templates
COPY bin bin
COPY --from=build /app/dist dist
ENV NODE_ENV=production \
    DATABASE_URL=file:/data
USER 65532:65532
VOLUME /data
EXPOSE 50051 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=15s --retries=3 \
  CMD ["/usr/local/bin/node", "/app/bin/postern.js", "healthcheck"]
# The flags of `config.node_flags` in package.json, which `npm start` uses too (docs/decisions/0012); a test holds them
# equal.
ENTRYPOINT ["/usr/local/bin/node", "--enable-source-maps", "--max-semi-space-size=8", "--heap-growing-percent=50", \
  "--initial-old-space-size=56", "--no-parallel-scavenge", "--no-allocation-site-pretenuring", "/app/bin/postern.js"]
CMD ["serve"]
