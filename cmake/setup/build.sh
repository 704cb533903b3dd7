# shellcheck shell=bash
# For scripts to source: how this project is configured and built. Needs $root, the source folder.

# A compiler cache, if there is one. Paths are made relative, so that another checkout profits too.
launcher=()
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  export CCACHE_BASEDIR=${root:?} CCACHE_NOHASHDIR=1
fi

# jwks_configure <build folder> <CMake arguments>...: configures, anew if the folder was made for
# another place or by another generator, which CMake refuses to reuse.
jwks_configure() {
  local folder=$1 fresh=() cache=$1/CMakeCache.txt
  shift
  if [[ -f $cache ]] && ! { grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" &&
    grep -qxF 'CMAKE_GENERATOR:INTERNAL=Ninja' "$cache"; }; then
    fresh=(--fresh)
  fi
  cmake "${fresh[@]}" -S "$root" -B "$folder" -G Ninja "${launcher[@]}" "$@"
}

# jwks_build <build folder> <ninja arguments>...: builds with every core that we are given.
jwks_build() {
  cmake --build "$1" --parallel "$(nproc)" "${@:2}"
}
