#!/usr/bin/env bash
# Kills at random and many seeds, for so many minutes. Prints the round in which something failed and how to run it again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
minutes=${1:?usage: scripts/soak.sh MINUTES}
[[ $minutes =~ ^[0-9]+$ ]] || { echo "soak: MINUTES must be a number" >&2; exit 64; }
swift build --build-tests
end=$((SECONDS + minutes * 60))
round=0
while ((SECONDS < end)); do
  round=$((round + 1))
  for suite in '^EndToEnd\..*Crash' '^EndToEnd\..*Outage' '^Simulation\.'; do
    if ! swift test --skip-build --no-parallel --filter "$suite"; then
      echo "soak: round $round failed in $suite; run: swift test --no-parallel --filter '$suite'" >&2
      exit 1
    fi
  done
done
echo "soak: $round rounds passed in $minutes minutes"
