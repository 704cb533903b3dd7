#!/usr/bin/env bash
# Uses jwks-cpp as its users do: installed (CMake package, pkg-config) and as a sub-project, static
# and shared. Each consumer is built and run. Leaves nothing behind.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly root
"$root/cmake/setup/prerequisites.sh" consumers
# shellcheck source=cmake/setup/build.sh
. "$root/cmake/setup/build.sh"
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

# In this order, the emulator last: it uses the verifier too.
readonly components=(core verifier emulator)
readonly programs=$root/tests/package/programs
cxx=${CXX:-c++}

step() { printf -- '--- %s\n' "$*"; }
die() {
  echo "tests/package: $*" >&2
  exit 1
}

# Build logs are of interest only if a build fails.
quietly() {
  if ! "$@" >"$work/log" 2>&1; then
    cat "$work/log"
    die "failed: $*"
  fi
}

install_as() { # install_as <static|shared> <prefix>
  local shared=OFF
  if [[ $1 == shared ]]; then shared=ON; fi
  # Another prefix than the one it ends up in: the package must not know where it lives.
  quietly jwks_configure "$work/$1" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=$shared \
    -DCMAKE_INSTALL_PREFIX="$work/before" -DCMAKE_SHARED_LINKER_FLAGS=-Wl,-z,defs \
    -DJWKS_WARNINGS_AS_ERRORS=ON -DJWKS_BUILD_TESTS=OFF -DJWKS_BUILD_EXAMPLES=OFF
  quietly jwks_build "$work/$1"
  quietly cmake --install "$work/$1"
  mv "$work/before" "$2"
  if grep -rIl "$work" "$2"; then die "an installed file holds the path of its build"; fi
}

check_shared_libraries() { # check_shared_libraries <prefix>
  local name library symbols foreign dynamic
  for name in core verifier; do
    library=$(find "$1" -name "libjwks_$name.so")
    [[ -n $library ]] || die "libjwks_$name.so is not installed"
    symbols=$(nm -DC --defined-only "$library" | cut -c 20-)
    [[ $symbols == *jwks::v0::* ]] || die "$library exports nothing"
    foreign=$(grep -vE '^(vtable for |VTT for |typeinfo (name )?for |guard variable for |(non-)?virtual thunk to )?jwks::' <<<"$symbols" || true)
    [[ -z $foreign ]] || die "$library exports symbols that are not ours: $foreign"
    dynamic=$(readelf -d "$library")
    [[ $dynamic =~ SONAME[^$'\n']*libjwks_$name\.so\.[0-9]+\.[0-9]+\] ]] || die "$library: its soname"
    if [[ $name == core && $dynamic == *curl* ]]; then die "$library links libcurl"; fi
    step "libjwks_$name.so exports only jwks::, $(wc -l <<<"$symbols") symbols"
  done
}

use_cmake_package() { # use_cmake_package <prefix>
  local build
  build=$(mktemp -d "$work/consumer.XXXX")
  quietly cmake -S "$root/tests/package/find_package" -B "$build" -G Ninja \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$1"
  quietly cmake --build "$build"
  for component in "${components[@]}"; do "$build/uses_$component"; done
}

use_pkg_config() { # use_pkg_config <prefix>
  local folder flags component
  folder=$(dirname "$(find "$1" -name jwks-core.pc)")
  for component in "${components[@]}"; do
    local modules=("jwks-$component")
    if [[ $component == emulator ]]; then modules=(jwks-emulator jwks-verifier); fi
    flags=$(PKG_CONFIG_PATH=$folder${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH} \
      pkg-config --cflags --libs "${modules[@]}")
    # shellcheck disable=SC2086  # a list of flags
    quietly "$cxx" -std=c++20 "$programs/$component.cpp" -o "$work/uses_$component" $flags
    LD_LIBRARY_PATH=${folder%/pkgconfig} "$work/uses_$component"
  done
}

run_installed_programs() { # run_installed_programs <prefix>
  local program
  for program in jwks jwks-emulator; do
    if [[ -e $1/bin/$program ]]; then
      "$1/bin/$program" --version >/dev/null || die "$program does not start from its new place"
      step "$program starts from its new place"
    fi
  done
  local document
  for document in man/man1/jwks.1 bash-completion/completions/jwks zsh/site-functions/_jwks \
    fish/vendor_completions.d/jwks.fish; do
    [[ -s $1/share/$document ]] || die "share/$document is not installed"
  done
}

use_as_subproject() { # use_as_subproject <static|shared> <CMake arguments>...
  local build shared=OFF component
  if [[ $1 == shared ]]; then shared=ON; fi
  build=$(mktemp -d "$work/consumer.XXXX")
  quietly cmake -S "$root/tests/package/subdirectory" -B "$build" -G Ninja "${launcher[@]}" \
    -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=$shared -DJWKS_SOURCE_DIR="$root" "${@:2}"
  quietly cmake --build "$build" --parallel "$(nproc)"
  for component in "${components[@]}"; do
    if [[ -x $build/uses_$component ]]; then "$build/uses_$component"; fi
  done
  DESTDIR=$build/stage quietly cmake --install "$build"
  if [[ -e $build/stage ]]; then die "as a sub-project it installs files"; fi
  if ctest --test-dir "$build" -N | grep -q 'Test *#'; then die "as a sub-project it has tests"; fi
}

for kind in static shared; do
  step "install, $kind"
  install_as "$kind" "$work/prefix-$kind"
  if [[ $kind == shared ]]; then check_shared_libraries "$work/prefix-$kind"; fi
  run_installed_programs "$work/prefix-$kind"
  step "find_package, $kind"
  use_cmake_package "$work/prefix-$kind"
  step "pkg-config, $kind"
  use_pkg_config "$work/prefix-$kind"
  step "add_subdirectory, $kind"
  use_as_subproject "$kind"
done
step "add_subdirectory, with the emulator"
use_as_subproject static -DJWKS_BUILD_EMULATOR=ON
echo "tests/package: every consumer built and ran"
