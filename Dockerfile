# The API. It needs a PostgreSQL at DATABASE_URL; the image does not contain the embedded one.
#   docker build -t entente .
# Node 26 is the current LTS release. Debian, because Node's official builds are tested on it.
FROM node:26-trixie-slim AS manifest
WORKDIR /app
COPY package.json package-lock.json ./

# Compiles the code. The compiler is an optional package for its platform.
FROM manifest AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
RUN npm run build

# The packages that the server needs.
FROM manifest AS modules
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:26-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY package.json ./
COPY migrations migrations
COPY data data
COPY docs/problems.md docs/problems.md
COPY docs/vocabulary.md docs/vocabulary.md
COPY ui ui
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
# The account `node`, by number so that an orchestrator can verify that it is not root. It owns no files here.
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# How much memory the heap takes: see "Memory" in docs/operations.md.
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=40", "dist/server.js"]
