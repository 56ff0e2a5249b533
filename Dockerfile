# syntax=docker/dockerfile:1
#
# The service, and every other command of `aviso`, in one image:
#   docker build -t aviso .
#   docker run --rm --env-file .env -p 8080:8080 -p 9464:9464 aviso                      # serve
#   docker run --rm --env-file .env aviso migrate
#   docker run --rm -p 8080:8080 -e HOST=0.0.0.0 aviso sandbox --data-dir /data/sandbox  # without Meta, to look at it
#
# Nothing of the image is written to at run time, so it runs with a read-only root filesystem. Only the embedded
# database, where DATABASE_URL is not set, writes, below /data: mount a volume there to keep it.

# Pinned by minor version; `docker build --pull` brings its patches.
ARG NODE_IMAGE=node:20.19-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
# No script of a package runs: none that is needed here has one.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS modules
# Named like the package: the list below calls its subject by the folder.
WORKDIR /build/aviso
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What is in the image, for whoever has to look for a package in it (CycloneDX). `npm sbom --omit=dev` would leave out
# whatever a development dependency needs, too: a third of it. So these are forgotten first.
RUN npm pkg delete devDependencies \
  && npm sbom --sbom-format=cyclonedx --sbom-type=application > sbom.cdx.json

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="aviso" \
  org.opencontainers.image.description="Purchase orders to suppliers by WhatsApp" \
  org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production \
  AVISO_DATA_DIR=/data/serve
WORKDIR /app
COPY --from=modules /build/aviso/node_modules ./node_modules
COPY --from=modules /build/aviso/package.json /build/aviso/sbom.cdx.json ./
COPY --from=build /build/dist ./dist
COPY bin ./bin
COPY migrations ./migrations
COPY LICENSE ./
# By number, so that an orchestrator can see that it is not root. /app stays root's: the service cannot change its own code.
RUN mkdir /data && chown 10001:10001 /data && ln -s /app/bin/aviso.js /usr/local/bin/aviso
USER 10001:10001
EXPOSE 8080 9464
# Whether the process lives, not whether its database does: a restart mends the former only.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# As process 1, without an init: it handles SIGTERM itself and starts no children that somebody would have to reap.
STOPSIGNAL SIGTERM
# Room for what lives as long as a batch: fewer copies by the garbage collector, a seventh of the processor time under
# load, for 40 MiB.
ENTRYPOINT ["node", "--max-semi-space-size=64", "--v8-pool-size=2", "/app/bin/aviso.js"]
CMD ["serve"]
