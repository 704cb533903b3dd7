#!/usr/bin/env bash
# Builds everything and runs the whole test suite; ends with CTest's summary.
#
# On Debian 12, Ubuntu 24.04 or newer it installs what is missing. Arguments go to CTest:
#   tests/run.sh -R rotation
# JWKS_REQUIRE_VECTORS=1 makes missing conformance vectors a failure instead of a skipped test.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
build=$root/build
# shellcheck source=cmake/setup/build.sh
"$root/cmake/setup/prerequisites.sh" tests
. "$root/cmake/setup/build.sh"

require_vectors=OFF
if [[ ${JWKS_REQUIRE_VECTORS:-0} == 1 ]]; then require_vectors=ON; fi

jwks_configure "$build" \
  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-g1 -D_GLIBCXX_ASSERTIONS" \
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DJWKS_WARNINGS_AS_ERRORS=ON -DJWKS_REQUIRE_VECTORS=$require_vectors
jwks_build "$build"

vectors=$(sed -n 's/^JWKS_VECTORS_DIR:PATH=//p' "$build/CMakeCache.txt")
if [[ ! -d $vectors ]]; then
  echo
  echo "*** NO CONFORMANCE VECTORS in $vectors: the tests that read them are skipped."
  echo "*** Say where they are with: cmake build -DJWKS_VECTORS_DIR=<folder>"
  echo
fi

ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$(nproc)" "$@"
