#!/usr/bin/env bash
# Fails if a tag that tests/CONFORMANCE.md names stands at no test, or if it names none at all.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# shellcheck disable=SC2016  # Markdown's backticks
named=$(grep -o '`[a-z]*-[0-9]*`' "$tests/CONFORMANCE.md" | tr -d '`' | sort -u)
if [[ -z $named ]]; then
  echo "error: $tests/CONFORMANCE.md names no test" >&2
  exit 1
fi
# A list of tags may be split over lines, even inside a tag: join the pieces of string literals.
tags=$(find "$tests" -name '*.cpp' -exec cat {} + | tr -d '\n "' | grep -oE '\[[a-z]+-[0-9]+\]' |
  tr -d '[]' | sort -u)
missing=$(comm -23 <(echo "$named") <(echo "$tags"))
if [[ -n $missing ]]; then
  echo "error: CONFORMANCE.md names tests that don't exist: ${missing//$'\n'/ }" >&2
  exit 1
fi
echo "$(wc -l <<<"$named") tags, each at a test"
