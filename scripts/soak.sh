#!/usr/bin/env bash
# Kills at random, harmed wires and many seeds, for so many minutes. Prints each seed; a failure keeps the history and all logs and says how to run it
# again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
minutes=${1:?usage: scripts/soak.sh MINUTES}
[[ $minutes =~ ^[0-9]+$ ]] || { echo "soak: MINUTES must be a number" >&2; exit 64; }
swift build --build-tests
end=$((SECONDS + minutes * 60))
round=0

run() { # NAME FILTER [VARIABLE=VALUE...]
  local name=$1 filter=$2 log
  shift 2
  log=$(mktemp "/tmp/atoll-soak.XXXXXX")
  if ! env "$@" swift test --skip-build --no-parallel --filter "$filter" 2>&1 | tee "$log" | grep -E '^soak:|Test run with'; then
    echo "soak: $name did not run; see $log" >&2
    exit 1
  fi
  if grep -qE 'with [0-9]+ issue|✘' "$log"; then
    grep -E '✘|kept for a look' "$log" >&2 || true
    echo "soak: round $round failed in $name; output $log; again: $* swift test --no-parallel --filter '$filter'" >&2
    exit 1
  fi
  rm -f "$log"
}

while ((SECONDS < end)); do
  round=$((round + 1))
  seed=${ATOLL_SEED:-$((RANDOM * 32768 + RANDOM))}
  left=$((end - SECONDS))
  echo "soak: round $round, seed $seed"
  run kills '^EndToEnd\.KillSoakTests' "ATOLL_SEED=$seed" "ATOLL_SOAK_SECONDS=$((left / 2 > 30 ? left / 2 : 30))"
  run wires '^EndToEnd\.ProxyTests' "ATOLL_SEED=$seed"
  ((SECONDS < end)) || break
  run simulation '^Simulation\.' "SWIFT_DETERMINISTIC_HASHING=1"
done
echo "soak: $round rounds passed in $minutes minutes"
