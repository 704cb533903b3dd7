#!/usr/bin/env bash
# Where the instructions of one verification go, by callgrind: figures that repeat, whatever else
# the machine does. They are no times: a multiplication counts as much as a move, and valgrind's CPU
# has no SHA instructions, so that hashing weighs more than it does.
#
#   bench/profile.sh [ALG]...        (ES256 RS256 PS256 EdDSA HS256)
#
# Needs valgrind.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly build=${JWKS_BENCH_BUILD:-$root/build-bench}
readonly count=500
if (($# == 0)); then set -- ES256 RS256 PS256 EdDSA HS256; fi

if [[ -z ${JWKS_BENCH_BUILD:-} ]]; then
  "$root/cmake/setup/prerequisites.sh" benchmarks valgrind
  # shellcheck source=cmake/setup/build.sh
  . "$root/cmake/setup/build.sh"
  {
    jwks_configure "$build" -DCMAKE_BUILD_TYPE=Release -DJWKS_BUILD_BENCHMARKS=ON \
      -DJWKS_BUILD_TESTS=OFF -DJWKS_BUILD_EXAMPLES=OFF
    jwks_build "$build" --target jwks_bench_profile
  } >&2
fi

work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

# functions ALG FUNCTION: instructions of each function called below FUNCTION, itself only
functions() {
  valgrind --tool=callgrind --callgrind-out-file="$work/out" --collect-atstart=no \
    --toggle-collect="bench::$2*" "$build/bench/jwks_bench_profile" "$1" "$count" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2 && exit 1; }
  callgrind_annotate --threshold=100 --show-percs=no "$work/out" | grep -E '^ *[0-9][0-9,]* +[^ ]'
}

for algorithm in "$@"; do
  floor=$(functions "$algorithm" profile_floor | awk -v n="$count" '
    /PROGRAM TOTALS/ { gsub(",", "", $1); printf "%d", $1 / n }')
  functions "$algorithm" profile_verify | awk -v n="$count" -v name="$algorithm" -v floor="$floor" '
    BEGIN { last = split("OpenSSL|allocation|copying|JSON|base64url|header and key|claims and policy|the rest", parts, "|") }
    { gsub(",", "", $1); instructions = $1 / n }
    /PROGRAM TOTALS/ { total = instructions; next }
    /libcrypto/ { sum["OpenSSL"] += instructions; next }
    /malloc|calloc|realloc|_int_free|cfree|[: ]free|operator new|operator delete/ { sum["allocation"] += instructions; next }
    /mem(cpy|move|set|cmp|chr)/ { sum["copying"] += instructions; next }
    /::json::|JsonValue|Scanner/ { sum["JSON"] += instructions; next }
    /base64url/ { sum["base64url"] += instructions; next }
    /[Hh]eader|select|CompactToken|Jws::/ { sum["header and key"] += instructions; next }
    /[Cc]laim|validate|numeric|NumericDate/ { sum["claims and policy"] += instructions; next }
    { sum["the rest"] += instructions }
    END {
      printf "%s: %d instructions, %.3f of the %d of bare OpenSSL\n", name, total, total / floor, floor
      for (i = 1; i <= last; i++) printf "  %-20s %9d  %5.1f %%\n", parts[i], sum[parts[i]], 100 * sum[parts[i]] / total
    }'
done
