#!/usr/bin/env bash
# `swift test` with these arguments. After a failure its issues stand once more at the end, where a log that was cut still shows them.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
log=$(mktemp "${TMPDIR:-/tmp}/atoll-test.XXXXXX")
trap 'rm -f "$log"' EXIT
swift test "$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if ((status != 0)); then
  echo "test: failed with exit code $status; its issues:"
  grep -E '✘|Fatal error|error: ' "$log" | tail -60
fi
exit "$status"
