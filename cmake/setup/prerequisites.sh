#!/usr/bin/env bash
# Makes sure that what a build needs is there; on Debian and Ubuntu installs what is missing.
#
#   cmake/setup/prerequisites.sh [tests] [benchmarks] [clang] [coverage] [lint] [consumers] [interop]
#                               [valgrind]
#
# Without a word: what the libraries, programs and examples need. Nothing is installed that is usable
# already, in whatever flavour (another libcurl, a newer Boost, a compiler in $CXX), and installing
# never removes a package. Elsewhere, or without the right to install, it names what is missing and
# fails. Safe to run again.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
readonly llvm=19

say() { printf 'prerequisites: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

# Packages that are missing, by their Debian name.
missing=()

need_program() { # need_program <package> <program>...: any of the programs will do
  local package=$1 program
  shift
  for program in "$@"; do
    if command -v "$program" >/dev/null; then return; fi
  done
  missing+=("$package")
}

# A compiler counts if it can do what the sources ask of it.
compiler_is_usable() {
  local cxx=${CXX:-c++}
  command -v "${cxx%% *}" >/dev/null || return 1
  # shellcheck disable=SC2086  # $CXX may hold options
  $cxx -std=c++20 -x c++ -fsyntax-only - 2>/dev/null <<'CPP'
#include <compare>
#include <memory_resource>
#include <shared_mutex>
#include <span>
#include <stop_token>
#if defined(__clang__) ? __clang_major__ < 16 : __GNUC__ < 12
#error "GCC 12 or Clang 16 is the oldest"
#endif
CPP
}

cmake_is_usable() {
  command -v cmake >/dev/null || return 1
  local version
  version=$(cmake --version | sed -n 's/^cmake version \([0-9.]*\).*/\1/p')
  [[ $(printf '%s\n3.25\n' "$version" | sort -V | head -n 1) == 3.25 ]]
}

# Asks CMake, as the build will, which of these packages it finds.
need_cmake_packages() {
  local scratch package
  scratch=$(mktemp -d)
  if ! cmake -S "$here/probe" -B "$scratch" -G Ninja "-DPROBE_PACKAGES=${*}" >"$scratch/log" 2>&1; then
    cat "$scratch/log" >&2
    rm -rf "$scratch"
    die "CMake can't configure an empty project"
  fi
  while read -r package; do
    case $package in
      OpenSSL) missing+=(libssl-dev) ;;
      CURL) missing+=(libcurl4-openssl-dev) ;;
      Boost) missing+=(libboost-dev) ;;
      ZLIB) missing+=(zlib1g-dev) ;;
      nlohmann_json) missing+=(nlohmann-json3-dev) ;;
      yaml-cpp) missing+=(libyaml-cpp-dev) ;;
      CLI11) missing+=(libcli11-dev) ;;
      Catch2) missing+=(catch2) ;;
      prometheus-cpp) missing+=(prometheus-cpp-dev) ;;
      benchmark) missing+=(libbenchmark-dev) ;;
      *) die "no Debian package is known for $package" ;;
    esac
  done <"$scratch/missing"
  rm -rf "$scratch"
}

# The C++ runtime of a compiler is no program: look whether a program links with it.
need_clang_runtime() { # need_clang_runtime <packages> <flags>...
  local packages=$1
  shift
  if ! echo 'int main() {}' | "clang++-$llvm" -x c++ "$@" -o /dev/null - 2>/dev/null; then
    # shellcheck disable=SC2206  # a list of words
    missing+=($packages)
  fi
}

# Runs a command as root. A terminal may be asked for a password; nothing else is kept waiting.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo --non-interactive "$@"
  fi
}

install_missing() {
  if ((${#missing[@]} == 0)); then return; fi
  if ! command -v apt-get >/dev/null; then
    die "install these first (Debian's names): ${missing[*]}"
  fi
  if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
    die "run as root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
  # An unrelated source may be unreachable; what matters is whether the install succeeds.
  as_root "${apt[@]}" update >/dev/null || say "apt-get update reported an error; going on"
  as_root "${apt[@]}" install --yes --no-install-recommends --no-remove "${missing[@]}" ||
    die "could not install ${missing[*]} without removing something; please install them by hand"
  missing=()
}

main() {
  local packages=(OpenSSL CURL Boost ZLIB CLI11 yaml-cpp)
  local groups=" $* "

  compiler_is_usable || missing+=(g++)
  cmake_is_usable || missing+=(cmake)
  need_program ninja-build ninja
  if [[ $groups == *" tests "* ]]; then
    need_program ccache ccache
    need_program pkgconf pkg-config
    # The services among the examples. Found by pkg-config, which CMake asks for them.
    if ! pkg-config --exists cpp-httplib 2>/dev/null; then missing+=(libcpp-httplib-dev); fi
    if ! pkg-config --exists grpc++ protobuf 2>/dev/null; then missing+=(libgrpc++-dev); fi
    need_program protobuf-compiler protoc
    need_program protobuf-compiler-grpc grpc_cpp_plugin
    # The proxy that is driven in front of them. Debian keeps it where only root looks.
    PATH=$PATH:/usr/sbin need_program nginx nginx
    # One more example. Ubuntu and Debian have it; without it that example is left out.
    packages+=(Catch2 nlohmann_json prometheus-cpp)
  fi
  if [[ $groups == *" benchmarks "* ]]; then packages+=(benchmark nlohmann_json); fi
  if [[ $groups == *" clang "* ]]; then need_program "clang-$llvm" "clang++-$llvm"; fi
  if [[ $groups == *" coverage "* ]]; then need_program "llvm-$llvm" "llvm-cov-$llvm"; fi
  if [[ $groups == *" lint "* ]]; then
    need_program "clang-format-$llvm" "clang-format-$llvm"
    need_program "clang-tidy-$llvm" "clang-tidy-$llvm"
    need_program shellcheck shellcheck
    # Whatever reads the man page and the completions of the program.
    need_program groff-base groff
    need_program zsh zsh
    need_program fish fish
  fi
  if [[ $groups == *" consumers "* ]]; then
    need_program pkgconf pkg-config
    need_program binutils nm
  fi
  if [[ $groups == *" interop "* ]]; then
    need_program curl curl
    need_program nodejs node
    need_program npm npm
    need_program golang-go go
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3-venv); fi
  fi
  if [[ $groups == *" valgrind "* ]]; then need_program valgrind valgrind; fi
  install_missing

  if ! compiler_is_usable; then
    die "${CXX:-c++} is too old: GCC 12 or Clang 16 is needed (set CXX to name another)"
  fi
  if ! cmake_is_usable; then die "CMake 3.25 or newer is needed"; fi

  # What the tools that are there now have to be asked for.
  need_cmake_packages "${packages[@]}"
  if [[ $groups == *" clang "* ]]; then
    need_clang_runtime "libclang-rt-$llvm-dev" -fsanitize=address,undefined
    need_clang_runtime "libc++-$llvm-dev libc++abi-$llvm-dev" -stdlib=libc++ -include vector
  fi
  install_missing
}

main "$@"
