#!/bin/sh
# Checks the layers of the sources below a root folder: tests/layering/check.sh <root>
set -eu

rules=$(dirname "$(readlink -f "$0")")/layers.awk
cd "$1"
set --
for folder in include src tests bench examples; do
  [ -d "$folder" ] && set -- "$@" "$folder"
done
sources=$(find "$@" -name '*.[ch]pp' | LC_ALL=C sort)
if [ -z "$sources" ]; then
  echo "layering: no sources below $PWD" >&2
  exit 2
fi
# shellcheck disable=SC2086  # names of sources have no spaces
if ! awk -f "$rules" $sources; then
  echo "layering: see CONTRIBUTING.md, section Layers" >&2
  exit 1
fi
echo "layering: $(echo "$sources" | wc -l) files are in order"
