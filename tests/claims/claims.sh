#!/usr/bin/env bash
# Tells whether every claim about the key source (1 to 85, KEY_SOURCE section 12) has a test: a test
# case with the tag [claim-N].
#
#   claims.sh <folder with tests>
#
# A claim without one fails, and so does a tag that is no claim.
set -euo pipefail

readonly tests=$1
readonly first=1 last=85

# The tags of all test cases. A tag may be cut by a line break, between two adjacent literals.
tags() {
  find "$tests" -name '*_test.cpp' -print0 | while IFS= read -r -d '' file; do
    tr '\n' ' ' <"$file" | sed 's/"  *"//g' |
      grep -oE 'TEST_CASE\("([^"\\]|\\.)*", *"[^"]*"' || true
  done | grep -oE '\[claim-[^]]*\]' | sed 's/\[claim-\(.*\)\]/\1/' | sort -u
}

tagged=$(tags)
readonly tagged
status=0
complain() {
  echo "$1" >&2
  status=1
}

for ((number = first; number <= last; ++number)); do
  grep -qx "$number" <<<"$tagged" || complain "claim-$number has no test"
done
for claim in $tagged; do
  if ! [[ $claim =~ ^[1-9][0-9]?$ ]] || ((claim > last)); then complain "claim-$claim is no claim"; fi
done
if ((status == 0)); then echo "every claim from $first to $last has a test"; fi
exit $status
