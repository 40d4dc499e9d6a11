#!/usr/bin/env bash
# Images for machines that can reach no registry: Redis, PostgreSQL and Node stand-ins made of this machine's own programs and the
# libraries that they load. They honour what docker-compose.yml and the tests ask of the real ones; their tags say nothing of
# versions. Needs docker, and Debian's redis-server and postgresql. Takes seconds.
# usage: tests/containers/local-images.sh [redis|postgres|node]...      names: REELAY_REDIS_IMAGE, REELAY_POSTGRES_IMAGE, REELAY_NODE_IMAGE
set -euo pipefail

redis_image=${REELAY_REDIS_IMAGE:-reelay-standin/redis:local}
postgres_image=${REELAY_POSTGRES_IMAGE:-reelay-standin/postgres:local}
node_image=${REELAY_NODE_IMAGE:-reelay-standin/node:local}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() { echo "local-images: $*" >&2; exit 1; }

# Copies programs, at the path where they are called, with what they load.
put() {
  local root=$1 program library
  shift
  for program in "$@"; do
    [ -e "$program" ] || die "there is no $program on this machine"
    copy_once "$root" "$program"
    while read -r library; do copy_once "$root" "$library"; done < <(ldd "$program" 2>/dev/null | grep -oE '/[^ ]+' || true)
  done
}

copy_once() {
  [ -e "$1$2" ] && return
  mkdir -p "$1$(dirname "$2")"
  cp -L "$2" "$1$2"
}

# Accounts have the numbers of the images that they stand in for.
base() {
  local root=$1
  mkdir -p "$root"/{etc,tmp,run,root,var/run,home/node,data,var/lib/postgresql,dev/shm}
  chmod 1777 "$root/tmp"
  cat >"$root/etc/passwd" <<'P'
root:x:0:0:root:/root:/bin/sh
postgres:x:70:70::/var/lib/postgresql:/bin/sh
redis:x:999:1000::/data:/bin/sh
node:x:1000:1000::/home/node:/bin/sh
P
  printf 'root:x:0:\npostgres:x:70:\nnode:x:1000:\n' >"$root/etc/group"
  put "$root" /bin/sh /bin/bash /usr/bin/env /usr/bin/cat /usr/bin/id /usr/bin/mkdir
}

import() {
  local root=$1 image=$2
  shift 2
  tar -C "$root" -c . | docker import "$@" - "$image" >/dev/null
  docker images "$image" --format '{{.Repository}}:{{.Tag}}  {{.Size}}'
}

build_redis() {
  local root=$work/redis
  base "$root"
  put "$root" "$(command -v redis-server)" "$(command -v redis-cli)"
  # Testcontainers gives arguments of its own and reaches the server from outside.
  cat >"$root/entrypoint.sh" <<'S'
#!/bin/sh
[ "${1:-}" = redis-server ] || exec "$@"
shift
case "${1:-}" in /*) conf=$1; shift ;; esac
exec redis-server ${conf:-} --bind 0.0.0.0 --protected-mode no "$@"
S
  chmod 755 "$root/entrypoint.sh"
  chown 999:1000 "$root/data"
  import "$root" "$redis_image" -c 'ENV PATH=/usr/bin:/bin' -c 'WORKDIR /data' -c 'EXPOSE 6379' \
    -c 'ENTRYPOINT ["/entrypoint.sh"]' -c 'CMD ["redis-server"]'
}

build_postgres() {
  local root=$work/postgres version bin lib
  version=$(ls /usr/lib/postgresql 2>/dev/null | sort -n | tail -1)
  [ -n "$version" ] || die 'PostgreSQL is not installed: apt-get install postgresql'
  bin=/usr/lib/postgresql/$version/bin lib=/usr/lib/postgresql/$version/lib
  base "$root"
  put "$root" /usr/bin/setpriv /usr/bin/chown "$bin"/{postgres,initdb,pg_ctl,pg_isready,psql}
  mkdir -p "$root$lib" "$root/usr/share/postgresql" "$root/usr/lib/locale" "$root/usr/share/zoneinfo"
  cp "$lib"/*.so "$root$lib/"
  cp -r "/usr/share/postgresql/$version" "$root/usr/share/postgresql/"
  cp -r /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"
  cp -r /usr/share/zoneinfo/{UTC,Etc} "$root/usr/share/zoneinfo/"
  cat >"$root/entrypoint.sh" <<'S'
#!/bin/bash
set -euo pipefail
user=${POSTGRES_USER:-postgres} database=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
if [ "${1:-}" = postgres ]; then shift; elif [ "$#" -gt 0 ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" postgres "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=${POSTGRES_PASSWORD:-}
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || password=$(cat "$POSTGRES_PASSWORD_FILE")
  : "${password:?set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE}"
  initdb -D "$PGDATA" -U "$user" --pwfile=<(printf %s "$password") --auth-host=scram-sha-256 --auth-local=trust \
    --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  [ "$database" = postgres ] || echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres >/dev/null
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' "$@"
S
  chmod 755 "$root/entrypoint.sh"
  chown -R 70:70 "$root/var/lib/postgresql"
  # A tmpfs mounted there takes over these rights whenever the container starts again.
  mkdir -p "$root/var/run/postgresql"
  chmod 3777 "$root/var/run/postgresql"
  import "$root" "$postgres_image" -c "ENV PATH=$bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data" -c 'EXPOSE 5432' \
    -c 'ENTRYPOINT ["/entrypoint.sh"]' -c 'CMD ["postgres"]'
}

build_node() {
  local root=$work/node npm
  npm=$(npm root -g 2>/dev/null)/npm
  [ -d "$npm" ] || die "npm is not at $npm"
  base "$root"
  put "$root" "$(command -v node)" /usr/bin/uname
  mkdir -p "$root$(dirname "$npm")" "$root/usr/bin" "$root/etc/ssl/certs"
  cp -r "$npm" "$root$(dirname "$npm")/"
  ln -s "$npm/bin/npm-cli.js" "$root/usr/bin/npm"
  ln -s "$npm/bin/npx-cli.js" "$root/usr/bin/npx"
  # Names are resolved by libraries that ldd does not show.
  for library in /lib/*-linux-gnu/libnss_{dns,files}.so.2 /lib/*-linux-gnu/libresolv.so.2; do
    [ ! -e "$library" ] || copy_once "$root" "$library"
  done
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  chown -R 1000:1000 "$root/home/node"
  import "$root" "$node_image" -c "ENV PATH=$(dirname "$(command -v node)"):/usr/bin:/bin HOME=/tmp" \
    -c 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' -c 'CMD ["node"]'
}

for image in "${@:-redis postgres node}"; do
  for one in $image; do "build_$one"; done
done
