#!/usr/bin/env bash
# Installs PyJWT for the tests of Examples/identity (Debian's packages). Does nothing when it is there; says so and succeeds when it cannot be had: the
# example is then not run, and the test says it.
set -euo pipefail
if [[ -e /usr/lib/python3/dist-packages/jwt/__init__.py ]] && /usr/bin/python3 -c 'import jwt, cryptography' 2>/dev/null; then exit 0; fi
note() { echo "pyjwt: $*; Examples/identity is not run" >&2; exit 0; }
command -v apt-get >/dev/null || note "no Debian tools here"
[[ $(id -u) = 0 ]] || note "only root installs packages: apt-get install python3-jwt python3-cryptography"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1 || note "the package lists cannot be fetched"
apt-get install -y -qq --no-install-recommends python3 python3-jwt python3-cryptography >/dev/null 2>&1 ||
  note "the packages python3-jwt and python3-cryptography cannot be installed"
