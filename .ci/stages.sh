# shellcheck shell=bash
# For .ci/run and .ci/nightly to source: runs stages and prints a table of them. Needs $root and
# $out; a stage X is a function stage_X.

# The pinned version of clang, clang-format and clang-tidy.
export llvm=19
export CI=${CI:-true} JWKS_REQUIRE_VECTORS=${JWKS_REQUIRE_VECTORS:-1}
cd "${root:?}" || exit 1
mkdir -p "${out:?}/logs"
# shellcheck source=cmake/setup/build.sh
. "$root/cmake/setup/build.sh"

# preset <name> <CMake arguments>...: configures and builds one of CMakePresets.json.
preset() {
  jwks_configure "$out/$1" --preset "$1" "${@:2}"
  jwks_build "$out/$1"
}

# tested_preset <name>: the same for one that has the tests.
tested_preset() {
  preset "$1" -DJWKS_REQUIRE_VECTORS="$JWKS_REQUIRE_VECTORS"
}

# run_ctest <preset> <CTest arguments>...
run_ctest() {
  ctest --test-dir "$out/$1" --output-on-failure --no-tests=error --parallel "$(nproc)" "${@:2}"
}

# why_failed <log>: what a stage that failed said of it: each failed test with the end of its output,
# or, where no test failed, the end of the log.
why_failed() {
  awk '
    function flush(    i) {
      for (i = 1; i <= count; i++) {
        if (count <= 80 || i <= 5 || i > count - 75) print lines[i]
      }
      count = 0
    }
    /^ *([0-9]+\/[0-9]+)? +Test +#/ || /^ +Start +[0-9]+: / || /^[0-9]+% tests passed/ { flush(); failed = 0 }
    /^ *([0-9]+\/[0-9]+)? +Test +#.*\*\*\*(Failed|Timeout|Exception|Not Run)/ { failed = 1; any = 1 }
    failed { lines[++count] = $0 }
    { last[NR % 60] = $0 }
    END {
      flush()
      if (!any) for (i = NR > 60 ? NR - 59 : 1; i <= NR; i++) print last[i % 60]
    }' "$1"
}

# run_stages <stage>...: runs all, whatever fails; ends with what the failed ones said and a table of
# all; exits with 1 if one failed.
run_stages() {
  local stage log status began took verdict note table=() failed=()
  for stage in "$@"; do
    if ! declare -F "stage_$stage" >/dev/null; then
      echo "there is no stage $stage; there are:" >&2
      declare -F | sed -n 's/^declare -f stage_/  /p' >&2
      exit 2
    fi
  done
  for stage in "$@"; do
    log=$out/logs/$stage.log
    printf '\n=== %s ===\n' "$stage"
    began=$SECONDS
    # Not in a condition: that would turn off -e inside.
    (
      set -eo pipefail
      "stage_$stage"
    ) </dev/null 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    took=$((SECONDS - began))
    note=$(grep -E '^[0-9]+% tests passed' "$log" | tail -n 1)
    verdict=passed
    if ((status != 0)); then
      verdict=FAILED
      failed+=("$stage")
      # The reason is most often the first line that says so.
      note="${note:-$(grep -m 1 -E '(error|warning|FAILED|fatal)[: ]' "$log")} (exit $status, $log)"
    fi
    printf '=== %s: %s after %d s ===\n' "$stage" "$verdict" "$took"
    table+=("$(printf '%-11s %s %5d s  %s' "$stage" "$verdict" "$took" "$note")")
  done
  for stage in "${failed[@]}"; do
    printf '\n=== why %s failed ===\n' "$stage"
    why_failed "$out/logs/$stage.log"
  done
  printf '\nstage       result     time  summary\n'
  printf '%s\n' "${table[@]}"
  exit $((${#failed[@]} > 0))
}
