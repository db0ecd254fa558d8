#!/usr/bin/env bash
# Installs what Atoll needs from Debian, only what is missing: libpq, OpenSSL, zlib and Argon2 headers, PostgreSQL, and
# python3 for the checks. Says in one line what to do when it cannot.
set -euo pipefail

stop() { echo "bootstrap: $*" >&2; exit 1; }

missing=()
# Headers rather than package names: a library built from source serves as well.
has_header() { compgen -G "/usr/include/$1" >/dev/null || compgen -G "/usr/include/*/$1" >/dev/null ||
  compgen -G "/usr/local/include/$1" >/dev/null; }
has_header postgresql/libpq-fe.h || has_header libpq-fe.h || missing+=(libpq-dev)
has_header openssl/ssl.h || missing+=(libssl-dev)
has_header zlib.h || missing+=(zlib1g-dev)
has_header argon2.h || missing+=(libargon2-dev)
has_header crypt.h || missing+=(libcrypt-dev)
command -v pkg-config >/dev/null || missing+=(pkg-config)
command -v python3 >/dev/null || missing+=(python3-minimal)
if [[ -z ${ATOLL_POSTGRES_BIN:-} ]] && ! command -v initdb >/dev/null &&
  ! compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; then
  missing+=(postgresql)
fi

command -v swift >/dev/null || stop "swift not found: install Swift 6.3 from swift.org and put it on the PATH"
if ((${#missing[@]} == 0)); then exit 0; fi

command -v apt-get >/dev/null || stop "missing ${missing[*]}: install them with this system's package manager"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || stop "missing ${missing[*]}: as root run 'apt-get install ${missing[*]}'"
  as_root=(sudo)
fi
echo "bootstrap: installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq \
  --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  stop "apt-get could not install ${missing[*]}: $(grep -m1 -E '^[EW]:' "$log" || tail -n1 "$log")"
fi
