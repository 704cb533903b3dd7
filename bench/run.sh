#!/usr/bin/env bash
# Builds the benchmark in Release and prints one table: bare OpenSSL, ours, their ratio, the target.
#
#   bench/run.sh [--json FILE] [--quick] [--storm_seconds=N] [--storm_threads=N]
#                [options of Google Benchmark]...
#
# On Debian 12, Ubuntu 24.04 or newer it installs what is missing. --quick is for seeing that it
# works; its figures mean little.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly build=$root/build-bench

repetitions=25
seconds=0.1
storm_seconds=60
options=()
while (($#)); do
  case $1 in
    --json)
      options+=("--json=${2:?--json needs a file}")
      shift
      ;;
    --quick)
      repetitions=3
      seconds=0.01
      storm_seconds=5
      ;;
    *) options+=("$1") ;;
  esac
  shift
done

"$root/cmake/setup/prerequisites.sh" benchmarks
# shellcheck source=cmake/setup/build.sh
. "$root/cmake/setup/build.sh"
{
  jwks_configure "$build" -DCMAKE_BUILD_TYPE=Release -DJWKS_BUILD_BENCHMARKS=ON \
    -DJWKS_BUILD_TESTS=OFF -DJWKS_BUILD_EXAMPLES=OFF
  jwks_build "$build" --target jwks_bench jwks_bench_allocations
} >&2

"$build/bench/jwks_bench_allocations" "--rows=$build/allocations.json"
# All of it as one shared library, which exports what a shared build exports.
"${CXX:-c++}" -shared -s -o "$build/libjwks.so" "-Wl,--version-script=$root/cmake/exports.map" \
  -Wl,--whole-archive "$build/src/libjwks_core.a" "$build/src/libjwks_verifier.a" \
  -Wl,--no-whole-archive
library_bytes=$(stat --format=%s "$build/libjwks.so")

"$build/bench/jwks_bench" --benchmark_enable_random_interleaving=true \
  --benchmark_repetitions=$repetitions --benchmark_min_time=$seconds \
  --storm_seconds=$storm_seconds --rows="$build/allocations.json" \
  --library_bytes="$library_bytes" "${options[@]}"
