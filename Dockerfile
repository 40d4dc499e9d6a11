# One image for every process of Reelay: API, worker, migrations, the reelay command and fal-sim. The command decides.
# NODE_IMAGE may name a mirror or a local build (tests/containers/local-images.sh).
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
ARG APPS="apps/api apps/worker apps/cli apps/fal-sim"
ENV CHECKPOINT_DISABLE=1 npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
WORKDIR /build
COPY . .
# No package's install script runs. What was built goes on with the packages that it needs at run time, and no others.
RUN npm ci --ignore-scripts && npm run generate && npx tsc -b $APPS && node tools/collect-image.mjs /image $APPS

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /reelay
COPY --from=build /image/reelay ./
# Where fal-sim keeps its ledger: a named volume takes over the owner.
COPY --from=build --chown=1000:1000 /image/state /state
USER 1000:1000
EXPOSE 8080
CMD ["node", "apps/api/dist/main.js"]
