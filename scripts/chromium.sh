#!/usr/bin/env bash
# Installs Chromium and its WebDriver for the tests of the pages (Debian's packages). Does nothing when they are there; says so and succeeds when
# they cannot be had: the tests of real browsers are then skipped, and say it.
set -euo pipefail
if [[ -x /usr/bin/chromium && -x /usr/bin/chromedriver ]]; then exit 0; fi
note() { echo "chromium: $*; the pages are not tried in a real browser" >&2; exit 0; }
command -v apt-get >/dev/null || note "no Debian tools here"
[[ $(id -u) = 0 ]] || note "only root installs packages: apt-get install chromium chromium-driver"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1 || note "the package lists cannot be fetched"
apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-liberation >/dev/null 2>&1 ||
  note "the packages chromium and chromium-driver cannot be installed"
