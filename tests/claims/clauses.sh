#!/usr/bin/env bash
# Tells whether every clause of a specification has a test: a table names one or more test cases for
# each.
#
#   clauses.sh <folder with tests> <table>     the table is <table>.txt beside this script
#
# A test case that is not in its file fails, and so do a malformed line and a heading without a line.
set -euo pipefail

readonly tests=$1
readonly claims=$tests/claims/$2.txt

# The names of a file's test cases. A name may be cut by a line break, between two adjacent literals.
# Elsewhere than in C++ tests, a name is any text of the file.
names() { # names <file>
  case $1 in
    *_test.cpp)
      tr '\n' ' ' <"$1" | sed 's/"  *"//g' | grep -oE 'TEST_CASE\("([^"\\]|\\.)*"' |
        sed 's/^TEST_CASE("//; s/"$//'
      ;;
    *) sed "s/\\\\'/'/g" "$1" ;;
  esac
}

has_case() { # has_case <file> <name>
  case $1 in
    *_test.cpp) names "$1" | grep -Fx -- "$2" ;;
    *) names "$1" | grep -F -- "$2" ;;
  esac >/dev/null
}

status=0
complain() {
  echo "$claims:$number: $1" >&2
  status=1
}

number=0
lines=0
heading=
lines_of_heading=1
readonly form='^([^|]*[^| ]) \| ([^| ]+) \| ([^ ].*[^ ])$'
while IFS= read -r line || [[ -n $line ]]; do
  number=$((number + 1))
  case $line in
    '' | '# '* | '#') ;;
    '## '?*)
      if ((lines_of_heading == 0)); then complain "nothing stands under \"$heading\""; fi
      heading=${line#'## '}
      lines_of_heading=0
      ;;
    *)
      lines=$((lines + 1))
      lines_of_heading=$((lines_of_heading + 1))
      if ! [[ $line =~ $form ]]; then
        complain "not \"clause | file | test case\""
      elif [[ -z $heading ]]; then
        complain "stands under no heading"
      elif ! [[ -f $tests/${BASH_REMATCH[2]} ]]; then
        complain "there is no file ${BASH_REMATCH[2]}"
      elif ! has_case "$tests/${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}"; then
        complain "${BASH_REMATCH[2]} has no test case \"${BASH_REMATCH[3]}\""
      fi
      ;;
  esac
done <"$claims"
if ((lines_of_heading == 0)); then complain "nothing stands under \"$heading\""; fi
if ((lines == 0)); then complain "there are no claims"; fi
if ((status == 0)); then echo "every clause of $2.txt has a test"; fi
exit $status
