#!/bin/sh
# Lets those who read them check the man page and the completions:
#   tests/cli/lint.sh man|bash|zsh|fish <src/cli>
set -eu

# needs <program>: without it there is nothing to check with.
needs() {
  command -v "$1" >/dev/null && return
  echo "SKIPPED: $1 is not installed"
  exit 0
}

case $1 in
  man)
    needs groff
    complaints=$(groff -ww -man -Tutf8 "$2/jwks.1" 2>&1 >/dev/null) || true
    ;;
  bash)
    needs bash
    complaints=$(bash -n "$2/completion/jwks.bash" 2>&1) || true
    ;;
  zsh)
    needs zsh
    complaints=$(zsh -n "$2/completion/_jwks" 2>&1) || true
    ;;
  fish)
    needs fish
    complaints=$(fish --no-execute "$2/completion/jwks.fish" 2>&1) || true
    ;;
  *)
    echo "lint.sh: what is $1?" >&2
    exit 2
    ;;
esac
if [ -n "$complaints" ]; then
  echo "$complaints" >&2
  exit 1
fi
