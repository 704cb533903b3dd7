#!/usr/bin/env bash
# expect_refusal.sh <regex> <compiler> <arguments>...: passes if the compiler fails and one of its
# error lines matches.
set -uo pipefail

expectation=$1
shift
if output=$("$@" 2>&1); then
  echo "compiled, and must not: $*"
  exit 1
fi
if ! grep -E 'error:' <<<"$output" | grep -qE "$expectation"; then
  echo "refused, but not with \"$expectation\":"
  echo "$output"
  exit 1
fi
