#!/usr/bin/env bash
# Runs tests/run.sh as on a fresh machine of another Debian release: in a root that holds a shell,
# apt, a clone of the last commit and the conformance vectors, and nothing else.
#
#   .ci/debian_root.sh trixie
#
# Needs root (or sudo without a password), debootstrap and a Debian mirror (JWKS_DEBIAN_MIRROR, else
# debootstrap's own). The release's packages stay in build-ci/debian-<release> for the next run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly release=${1:?which release?}
readonly vectors=${JWKS_VECTORS:-$root/../shared}
readonly base=$root/build-ci/debian-$release
readonly jail=$base.run

as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo --non-interactive "$@"; fi; }

if ! command -v debootstrap >/dev/null; then
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install --yes --no-install-recommends debootstrap
fi

unmount() {
  local at
  for at in dev proc; do
    if mountpoint -q "$jail/$at"; then as_root umount -l "$jail/$at"; fi
  done
}
trap unmount EXIT
unmount

if [[ ! -f $base/.complete ]]; then
  as_root rm -rf "$base"
  mkdir -p "$base"
  as_root debootstrap --variant=minbase "$release" "$base" ${JWKS_DEBIAN_MIRROR:+"$JWKS_DEBIAN_MIRROR"}
  as_root touch "$base/.complete"
fi

# Nothing of an earlier run is left: what was installed for it would hide what is missing.
as_root rm -rf "$jail"
as_root cp -a "$base" "$jail"
as_root cp /etc/resolv.conf "$jail/etc/resolv.conf"
as_root mkdir -p "$jail/src"
as_root git clone --quiet "$root" "$jail/src/main"
as_root cp -rL "$vectors" "$jail/src/shared"
as_root mount -t proc proc "$jail/proc"
as_root mount --rbind /dev "$jail/dev"
as_root mount --make-rslave "$jail/dev"

as_root chroot "$jail" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  JWKS_REQUIRE_VECTORS=1 bash -c 'cd /src/main && ./tests/run.sh' </dev/null
