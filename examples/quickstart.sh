#!/usr/bin/env bash
# Builds the library, the emulator and examples/quickstart.cpp, and runs that: tokens are issued,
# verified over HTTP, their keys rotated, and bad ones refused.
#
# On Debian 12, Ubuntu 24.04 or newer it installs what is missing. Safe to run again.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
build=$root/build-quickstart
"$root/cmake/setup/prerequisites.sh"
# shellcheck source=cmake/setup/build.sh
. "$root/cmake/setup/build.sh"

# A build log is of interest only if the build fails.
quietly() {
  if ! "$@" >>"$build/quickstart.log" 2>&1; then
    cat "$build/quickstart.log" >&2
    exit 1
  fi
}

mkdir -p "$build"
: >"$build/quickstart.log"
echo "Building in $build (the first time takes a minute or two) ..."
quietly jwks_configure "$build" -DCMAKE_BUILD_TYPE=Release \
  -DJWKS_BUILD_TESTS=OFF -DJWKS_BUILD_PROGRAMS=OFF -DJWKS_INSTALL=OFF
quietly jwks_build "$build" --target quickstart
echo

"$build/examples/quickstart"
