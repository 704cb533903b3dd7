#!/usr/bin/env bash
# How many RS256 tokens `jwks verify --batch` judges in a second of one core, in Release.
#
#   bench/batch.sh [LINES]
#
# Judges a file of LINES (100000) lines with one thread and with one for each core, and prints the
# CPU time of each token beside that of one bare RSA verification of OpenSSL. The file repeats 50
# tokens; nothing remembers that one was judged before.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly build=$root/build-bench
readonly lines=${1:-100000}
readonly tokens=50
readonly now=1750000000

work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

"$root/cmake/setup/prerequisites.sh" benchmarks
# shellcheck source=cmake/setup/build.sh
. "$root/cmake/setup/build.sh"
{
  jwks_configure "$build" -DCMAKE_BUILD_TYPE=Release -DJWKS_BUILD_BENCHMARKS=ON \
    -DJWKS_BUILD_TESTS=OFF -DJWKS_BUILD_EXAMPLES=OFF
  jwks_build "$build" --target jwks
} >&2

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# token SUBJECT
token() {
  local input
  input=$(printf '{"alg":"RS256","typ":"JWT","kid":"bench"}' | base64url).$(printf \
    '{"iss":"https://issuer.example","aud":"orders-api","sub":"%s","iat":%d,"exp":%d,"scope":"%0200d"}' \
    "$1" "$now" $((now + 3600)) 0 | base64url)
  printf '%s.%s\n' "$input" \
    "$(printf '%s' "$input" | openssl dgst -sha256 -sign "$work/key.pem" | base64url)"
}

openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/key.pem"
openssl pkey -in "$work/key.pem" -pubout -out "$work/public.pem"
for ((i = 0; i < tokens; i++)); do token "user-$i"; done >"$work/tokens"
awk -v lines="$lines" '{ token[NR - 1] = $0 }
  END { for (i = 0; i < lines; i++) printf "{\"id\":%d,\"token\":\"%s\"}\n", i, token[i % NR] }' \
  "$work/tokens" >"$work/lines"

# judge JOBS
judge() {
  local TIMEFORMAT='%R %U %S'
  local seconds
  seconds=$({ time "$build/src/jwks" verify --batch "$work/lines" --key "$work/public.pem" \
    --algorithms RS256 --issuer https://issuer.example --audience orders-api --now "$now" \
    --jobs "$1" >"$work/answers"; } 2>&1)
  awk -v jobs="$1" -v lines="$lines" '{
    printf "%d thread(s): %.0f tokens/s, %.1f µs of CPU each\n", jobs, lines / $1, ($2 + $3) / lines * 1e6
  }' <<<"$seconds"
  [[ $(grep -c '"ok":true' "$work/answers") == "$lines" ]]
}

judge 1
judge "$(nproc)"
openssl speed -seconds 2 rsa2048 2>/dev/null |
  awk '/^rsa 2048/ { printf "one bare verification: %.1f µs\n", 1e6 / $NF }'
