#!/usr/bin/env bash
# The campaigns of `make soak`, one after the other; see CONTRIBUTING.md. Each tells at its end, in a line that begins with `soak:`, what it did. The
# first that fails ends all: its output and the data of its processes with the history are kept, and how to run it again is said.
#
#   SOAK_PARTS      regions,kills,failovers,wires,sizes,seeds: which, in which order
#   SOAK_KILLS      300: processes to be killed
#   SOAK_FAILOVERS  20: primaries to be killed and followed by their standbys, each fourth a region's
#   SOAK_EFFECTS    100000: effects that are looked at during the kills, at least
#   SOAK_WIRES      20: seeds of the faults on the wires
#   SOAK_SIZE       500000: changes in one transaction (and poison rows and updates of one row, up to 100000 and 33000)
#   SOAK_SEEDS      10000: seeds of the simulation, each run twice
#   ATOLL_SEED      what strikes by chance strikes the same places again
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

refuse() {
  echo "soak: $1" >&2
  exit 64
}

count() { # NAME DEFAULT
  local value=${!1:-$2}
  [[ $value =~ ^[1-9][0-9]{0,8}$ ]] || refuse "$1 must be a whole number above 0"
  echo "$value"
}

kills=$(count SOAK_KILLS 300)
failovers=$(count SOAK_FAILOVERS 20)
effects=$(count SOAK_EFFECTS 100000)
wires=$(count SOAK_WIRES 20)
size=$(count SOAK_SIZE 500000)
seeds=$(count SOAK_SEEDS 10000)
seed=$(count ATOLL_SEED $((1 + RANDOM * 32768 + RANDOM)))
IFS=, read -ra parts <<<"${SOAK_PARTS:-regions,kills,failovers,wires,sizes,seeds}"
for part in "${parts[@]}"; do
  [[ $part =~ ^(regions|kills|failovers|wires|sizes|seeds)$ ]] || refuse "SOAK_PARTS knows no part '$part'"
done

run() { # NAME FILTER [VARIABLE=VALUE...]
  local name=$1 filter=$2 log status=0 began=$SECONDS
  shift 2
  log=$(mktemp "${TMPDIR:-/tmp}/atoll-soak-$name.XXXXXX")
  set +e
  env "$@" swift test --skip-build --no-parallel --filter "$filter" 2>&1 | tee "$log" | grep --line-buffered '^soak:'
  status=${PIPESTATUS[0]}
  set -e
  # Nothing that ran is no success.
  grep -qE 'Test run with [1-9][0-9]* tests? .*passed' "$log" || ((status != 0)) || status=1
  if ((status != 0)); then
    grep -E '✘|kept for a look|replay:|Fatal error|error: ' "$log" | tail -30 >&2 || true
    echo "soak: $name failed after $((SECONDS - began)) s; output $log; again: $* swift test --no-parallel --filter '$filter'" >&2
    exit 1
  fi
  rm -f "$log"
  echo "soak: $name passed in $((SECONDS - began)) s"
}

[[ ${parts[*]} == regions ]] || swift build --build-tests
for part in "${parts[@]}"; do
  case $part in
    regions) make soak-regions || { echo "soak: regions failed; again: make soak-regions" >&2; exit 1; } ;;
    kills)
      run kills '^EndToEnd\.KillSoakTests' "ATOLL_SEED=$seed" "ATOLL_SOAK_KILLS=$kills" "ATOLL_SOAK_EFFECTS=$effects"
      ;;
    failovers)
      run failovers '^EndToEnd\.FailoverSoakTests' "ATOLL_SEED=$seed" "ATOLL_SOAK_FAILOVERS=$failovers" \
        "ATOLL_SOAK_EFFECTS=$effects"
      ;;
    wires) run wires '^EndToEnd\.ProxyTests' "ATOLL_SEED=$seed" "ATOLL_SOAK_WIRES=$wires" ;;
    sizes) run sizes '^OutboxTests\.BadInputTests' "ATOLL_BAD_INPUT=$size" ;;
    seeds) run seeds '^Simulation\.(CampaignTests|MutantTests)' "ATOLL_SEEDS=$seeds" SWIFT_DETERMINISTIC_HASHING=1 ;;
  esac
done
echo "soak: all parts passed: ${parts[*]}"
