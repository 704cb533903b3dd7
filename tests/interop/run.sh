#!/usr/bin/env bash
# Drives jwks-emulator with clients that nobody here wrote: they accept what they should and refuse
# what they should.
#
#   tests/interop/run.sh build/src/jwks-emulator             all suites
#   tests/interop/run.sh build/src/jwks-emulator jose workos  only these
#
# Each language's package manager installs the pinned versions into a temporary folder. A suite that
# can't be installed here is skipped with a loud line; a suite that fails is a failure. Every suite
# gets an emulator of its own. Leaves nothing behind.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
if (($# == 0)) || [[ ! -x $1 ]]; then
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
program=$(realpath "$1")
readonly program
shift
readonly wanted=" $* "

work=$(mktemp -d)
readonly work
emulator=
stop_emulator() {
  if [[ -z $emulator ]]; then return; fi
  kill "$emulator" 2>/dev/null || true
  wait "$emulator" || true
  emulator=
}
clean_up() {
  stop_emulator
  chmod -R u+w "$work" # Go's module cache is read-only
  rm -rf "$work"
}
trap clean_up EXIT
cp -r "$here/node" "$here/python" "$here/go" "$here/emulator.yaml" "$work"

# start_emulator <flag>...: on a free port; sets JWKS_INTEROP_URL, and JWKS_INTEROP_CA with --tls.
start_emulator() {
  local ready=$work/ready
  rm -f "$ready"
  (cd "$work" && exec "$program" --config emulator.yaml --port 0 --json "$@") \
    >"$ready" 2>"$work/emulator.log" &
  emulator=$!
  # Until it has printed its line, or is gone.
  until [[ -s $ready ]] || ! kill -0 "$emulator" 2>/dev/null; do sleep 0.05; done
  JWKS_INTEROP_URL=$(sed -n 's/.*"url": *"\([^"]*\)".*/\1/p' "$ready")
  export JWKS_INTEROP_URL
  if [[ -z $JWKS_INTEROP_URL ]]; then
    cat "$work/emulator.log" >&2
    return 1
  fi
  unset JWKS_INTEROP_CA
  if [[ " $* " == *" --tls "* ]]; then
    export JWKS_INTEROP_CA=$work/ca.pem
    # The one connection that can't be verified: it fetches what all others are verified with.
    curl --silent --fail --insecure "$JWKS_INTEROP_URL/_emulate/ca.pem" -o "$JWKS_INTEROP_CA"
  fi
}

# Why a language's packages can't be had; empty if they are there.
declare -A missing=()

install_node() {
  command -v npm >/dev/null || { echo "there is no npm" && return 1; }
  local major
  major=$(node -p 'process.versions.node.split(".")[0]')
  if ((major < 20)); then echo "Node.js $major is too old, 20 is needed" && return 1; fi
  (cd "$work/node" && npm install --no-package-lock --no-audit --no-fund --loglevel=error 2>&1)
}

install_python() {
  python3 -m venv "$work/venv" 2>&1 &&
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check \
      --requirement "$work/python/requirements.txt" 2>&1
}

install_go() {
  command -v go >/dev/null || { echo "there is no go" && return 1; }
  # Neither other toolchains nor the user's folders.
  export GOFLAGS=-mod=mod GOTOOLCHAIN=local GOMODCACHE=$work/gomod GOCACHE=$work/gocache
  (cd "$work/go" && go mod download 2>&1)
}

run_suite() { # run_suite <suite>
  case $1 in
    jose | openid_client | oauth4webapi | workos)
      cd "$work/node" && node --test --test-reporter=spec "$1.test.js"
      ;;
    joserfc | authlib | openapi) cd "$work/python" && "$work/venv/bin/python" "$1_test.py" ;;
    go_oidc | go_oidc_tls) cd "$work/go" && go test -count=1 ./... ;;
    *) echo "there is no suite $1" && return 1 ;;
  esac
}

table=()
failures=0
suite() { # suite <name> <language> [flag of the emulator]...
  local name=$1 language=$2 log=$work/$1.log verdict=passed
  if [[ $wanted != "  " && $wanted != *" $name "* ]]; then return; fi
  if [[ -z ${missing[$language]+known} ]]; then
    printf -- '--- installing what the %s suites need\n' "$language"
    if "install_$language" >"$work/install.log"; then
      missing[$language]=
    else
      missing[$language]=$(grep -m 1 . "$work/install.log" || echo "it can't be installed")
    fi
  fi
  if [[ -n ${missing[$language]} ]]; then
    printf 'SKIPPED: %s: %s\n' "$name" "${missing[$language]}"
    table+=("$(printf '%-14s skipped: %s' "$name" "${missing[$language]}")")
    return
  fi
  printf -- '--- %s\n' "$name"
  : >"$log"
  # In a subshell of its own so that a step which fails is a verdict, not the end.
  if ! { start_emulator "${@:3}" && (run_suite "$name") >"$log" 2>&1; }; then
    verdict=FAILED
    failures=$((failures + 1))
    cat "$log"
  fi
  stop_emulator
  table+=("$(printf '%-14s %s' "$name" "$verdict")")
}

suite jose node
suite openid_client node
suite oauth4webapi node
suite workos node
suite joserfc python
suite authlib python
suite openapi python
suite go_oidc go
suite go_oidc_tls go --tls

if ((${#table[@]} == 0)); then
  echo "tests/interop: there is no such suite:$wanted" >&2
  exit 2
fi
printf '\ninterop suite  result\n'
printf '%s\n' "${table[@]}"
exit $((failures > 0))
