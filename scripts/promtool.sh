#!/usr/bin/env bash
# Fetches promtool, Prometheus's checker, into .build/tools for the test of the metrics. Takes it out of Debian's package prometheus without
# installing that: a development machine should not get a running Prometheus. Does nothing when promtool is there; says so and
# succeeds when it cannot be had: the strict checker in Tests/atollTests stands in its place.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v promtool >/dev/null || [[ -x .build/tools/promtool ]]; then exit 0; fi
note() { echo "promtool: $*; the metrics are checked by the tests' own checker only" >&2; exit 0; }
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || note "no Debian tools here"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
(cd "$work" && apt-get download -qq prometheus >/dev/null 2>&1) || note "the package prometheus cannot be fetched"
dpkg-deb -x "$work"/prometheus_*.deb "$work/root"
mkdir -p .build/tools
install -m 755 "$work/root/usr/bin/promtool" .build/tools/promtool
