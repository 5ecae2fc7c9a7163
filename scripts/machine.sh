# Sourced by scripts/run and scripts/test: makes this machine able to build and run dormpay, and starts a private
# PostgreSQL and Redis under a data directory. Not for: building, migrating, anything about the product itself.
# Rule: nothing outside the data directory is touched but packages and Rust that were missing.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root: directly, or by sudo where that needs no password prompt from nowhere.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 127; fi
}

# The newest installed PostgreSQL's programs.
postgres_bin() {
  local newest
  newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)
  if [ -n "$newest" ] && [ -x "$newest/initdb" ]; then echo "$newest"; return; fi
  newest=$(command -v initdb) && dirname "$(readlink -f "$newest")"
}

# Debian packages that are missing here, one word each; a browser only where `needs_browser` is set.
missing_packages() {
  command -v cc >/dev/null || echo build-essential
  command -v curl >/dev/null || echo curl
  [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  if [ -z "${DATABASE_URL:-}" ] && [ -z "$(postgres_bin)" ]; then echo postgresql; fi
  if [ -z "${REDIS_URL:-}" ] && ! command -v redis-server >/dev/null; then echo redis-server; fi
  if [ -n "${needs_browser:-}" ] && ! command -v chromedriver >/dev/null; then echo chromium chromium-driver; fi
}

install_packages() {
  local missing
  missing=$(missing_packages | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null || fail "missing on this machine: $missing(no apt-get here: install them by hand)"
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "missing on this machine: $missing- run as root or with sudo, or ask for: apt-get install $missing"
  fi
  say "installing packages: $missing"
  as_root apt-get update -q >&2 || fail "apt-get update did not succeed"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2 ||
    fail "apt-get install $missing did not succeed"
}

install_rust() {
  [ -d "$HOME/.cargo/bin" ] && PATH="$HOME/.cargo/bin:$PATH"
  command -v cargo >/dev/null && return 0
  say "installing Rust by rustup (no cargo found)"
  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c clippy -c rustfmt >&2 ||
    fail "rustup did not succeed; install Rust 1.95 or newer and try again"
  PATH="$HOME/.cargo/bin:$PATH"
}

# A TCP port of loopback that nobody listens on, from the given one upwards.
free_port() {
  local port=$1
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

random_word() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }

# PostgreSQL refuses to run as root: then it runs as `postgres`, with leave to pass directories that are closed to it
# (a clone under /root) where the machine allows that.
as_database_owner() {
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  id postgres >/dev/null 2>&1 || fail "running as root needs the system user postgres (package postgresql)"
  if setpriv --reuid=postgres --regid=postgres --init-groups test -x "$data"; then
    setpriv --reuid=postgres --regid=postgres --init-groups "$@"
  else
    setpriv --reuid=postgres --regid=postgres --init-groups \
      --inh-caps=+dac_override --ambient-caps=+dac_override "$@"
  fi
}

start_postgres() {
  local bin home password
  bin=$(postgres_bin)
  home=$data/postgres
  if [ ! -s "$home/PG_VERSION" ]; then
    say "making a PostgreSQL cluster in $home"
    mkdir -p "$home"
    [ -s "$data/postgres.password" ] || (umask 077 && random_word >"$data/postgres.password")
    if [ "$(id -u)" = 0 ]; then chown postgres: "$home" && cp "$data/postgres.password" "$home.pw" && chown postgres: "$home.pw"; else cp "$data/postgres.password" "$home.pw"; fi
    (cd / && as_database_owner "$bin/initdb" -D "$home" -U dormpay -E UTF8 --locale=C.UTF-8 --data-checksums \
      --auth=scram-sha-256 --pwfile="$home.pw" >"$data/initdb.log" 2>&1) ||
      { cat "$data/initdb.log" >&2; rm -rf "$home" "$home.pw"; fail "initdb did not succeed"; }
    rm -f "$home.pw"
  fi
  postgres_port=$(free_port "${DORMPAY_POSTGRES_PORT:-55432}")
  touch "$data/postgres.log"
  [ "$(id -u)" = 0 ] && chown postgres: "$data/postgres.log"
  # No Unix socket (its path has a length limit); loopback only; durable unless $postgres_options says otherwise.
  (cd / && as_database_owner "$bin/pg_ctl" -D "$home" -l "$data/postgres.log" -w -t 60 start -o \
    "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 \
     -c shared_buffers=256MB -c max_wal_size=2GB -c wal_compression=on ${postgres_options:-}" >/dev/null) ||
    { tail -n 20 "$data/postgres.log" >&2; fail "PostgreSQL did not start"; }
  postgres_started=1
  password=$(cat "$data/postgres.password")
  export DATABASE_URL="postgres://dormpay:$password@127.0.0.1:$postgres_port/postgres"
}

start_redis() {
  local password
  redis_port=$(free_port "${DORMPAY_REDIS_PORT:-56379}")
  [ -s "$data/redis.password" ] || (umask 077 && random_word >"$data/redis.password")
  password=$(cat "$data/redis.password")
  mkdir -p "$data/redis"
  (umask 077 && cat >"$data/redis/redis.conf" <<CONF
bind 127.0.0.1
port $redis_port
requirepass $password
dir "$data/redis"
logfile "$data/redis.log"
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
CONF
  )
  setsid redis-server "$data/redis/redis.conf" >/dev/null 2>&1 &
  redis_pid=$!
  for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$redis_port") 2>/dev/null && break; sleep 0.1; done
  kill -0 "$redis_pid" 2>/dev/null || { tail -n 20 "$data/redis.log" >&2; fail "Redis did not start"; }
  export REDIS_URL="redis://default:$password@127.0.0.1:$redis_port/"
}

# Starts what is not given by DATABASE_URL / REDIS_URL.
start_databases() {
  mkdir -p "$data" && data=$(cd "$data" && pwd)
  exec 9>"$data/lock"
  flock -n 9 || fail "another run is using $data (DORMPAY_DATA_DIR names another directory)"
  if [ -z "${DATABASE_URL:-}" ]; then say "starting PostgreSQL"; start_postgres; fi
  if [ -z "${REDIS_URL:-}" ]; then say "starting Redis"; start_redis; fi
}

stop_databases() {
  if [ -n "${redis_pid:-}" ]; then kill "$redis_pid" 2>/dev/null; wait "$redis_pid" 2>/dev/null; redis_pid=; fi
  if [ -n "${postgres_started:-}" ]; then
    (cd / && as_database_owner "$(postgres_bin)/pg_ctl" -D "$data/postgres" -m fast -w -t 60 stop >/dev/null 2>&1)
    postgres_started=
  fi
}
