#!/usr/bin/env bash
# Tells whether every row of the catalogue of attacks that concerns a token, a key or the retrieval of
# keys (001 to 206) has a test: a test case with the tag [attack-NNN].
#
#   rows.sh <folder with tests>
#
# A row without one fails, unless it is listed here with its reason; so does a reason that is not
# needed any more, and a tag that is no row.
set -euo pipefail

readonly tests=$1
readonly first=1 last_here=206 last=218

# Rows that no test can name, each as: NNN reason
readonly exceptions=''

# The tags of all test cases. A tag may be cut by a line break, between two adjacent literals.
tags() {
  find "$tests" -name '*_test.cpp' -print0 | while IFS= read -r -d '' file; do
    tr '\n' ' ' <"$file" | sed 's/"  *"//g' |
      grep -oE 'TEST_CASE\("([^"\\]|\\.)*", *"[^"]*"' || true
  done | grep -oE '\[attack-[0-9]{3}\]' | tr -dc '0-9\n' | sort -u
}

tagged=$(tags)
readonly tagged
status=0
complain() {
  echo "$1" >&2
  status=1
}

for ((number = first; number <= last_here; ++number)); do
  row=$(printf '%03d' "$number")
  has_test=$(grep -cx "$row" <<<"$tagged" || true)
  is_exception=$(grep -c "^$row [^ ]" <<<"$exceptions" || true)
  if ((has_test == 0 && is_exception == 0)); then complain "attack-$row has no test"; fi
  if ((has_test > 0 && is_exception > 0)); then complain "attack-$row is listed, and has a test"; fi
done
for row in $tagged; do
  if ((10#$row < first || 10#$row > last)); then complain "attack-$row is no row"; fi
done
if ((status == 0)); then echo "every row from $first to $last_here has a test, or a reason"; fi
exit $status
