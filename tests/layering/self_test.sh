#!/bin/sh
# Proves that check.sh finds each kind of breach, and nothing in a tree without one.
set -eu

here=$(dirname "$(readlink -f "$0")")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# put <path> <line>: one source with one line.
put() {
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "$2" >"$tree/$1"
}

fail() {
  echo "layering self-test: $1" >&2
  failures=$((failures + 1))
}

# finds <what the report must say> <path> <line>: adds the file, looks, takes it away.
finds() {
  put "$2" "$3"
  if report=$("$here/check.sh" "$tree" 2>&1); then
    fail "not found: $2: $3"
  elif ! printf '%s' "$report" | grep -qF "$2:" || ! printf '%s' "$report" | grep -qF "$1"; then
    fail "$2: $3: expected \"$1\", got: $report"
  fi
  rm "$tree/$2"
}

accepts() {
  put "$1" "$2"
  if ! report=$("$here/check.sh" "$tree" 2>&1); then
    fail "refused although in order: $report"
  fi
  rm "$tree/$1"
}

put include/jwks/claims.hpp '#include <string_view>'

accepts src/jose/verify.cpp '#include "crypto/signature.hpp"'
accepts src/jose/verify.cpp '#include "jwks/error.hpp"'
accepts src/crypto/digest.cpp '#include <openssl/evp.h>'
accepts src/source/curl_fetcher.cpp '#include <curl/curl.h>'
accepts src/emulator/server.cpp '#include <boost/beast/http.hpp>'
accepts src/cli/serve/server.cpp '#include <boost/beast/http.hpp>'
accepts src/cli/key.cpp '#include "jwks/emulator.hpp"'
accepts src/emulator/issuer.cpp '#include "jose/jwk.hpp"'
accepts src/base/clock.cpp '#include <time.h>'
accepts include/jwks/nlohmann.hpp '#include <nlohmann/json.hpp>'
accepts tests/unit/any_test.cpp '#include <openssl/evp.h>'

accepts src/jose/verify.cpp 'snprintf(out, size, "to stderr"); // no printf here'
accepts src/cli/main.cpp 'std::cout << "hello";'

finds 'layer base includes' src/base/json.cpp '#include "jose/jwk.hpp"'
finds 'layer jose includes' src/jose/jwk.cpp '#include "jwks/fetcher.hpp"'
finds 'layer verifier includes' src/verifier/a.cpp '#include "emulator/issuer.hpp"'
finds 'layer emulator includes' src/emulator/a.cpp '  #  include "source/fetcher.hpp"'
finds 'layer auth includes' src/auth/main.cpp '#include "jwks/emulator.hpp"'
finds 'layer jose includes' include/jwks/policy.hpp '#include "jwks/jwks_verifier.hpp"'
finds 'a public header includes' include/jwks/policy.hpp '#include "base/json.hpp"'
finds 'is not for this file' src/jose/verify.cpp '#include <openssl/evp.h>'
finds 'is not for this file' src/source/key_source.cpp '#include <curl/curl.h>'
finds 'is not for this file' src/verifier/a.cpp '#include <boost/asio.hpp>'
finds 'is not for this file' src/base/json.cpp '#include <nlohmann/json.hpp>'
finds 'is not for this file' include/jwks/policy.hpp '#include <openssl/evp.h>'
finds 'a public header includes the system' include/jwks/policy.hpp '#include <unistd.h>'
finds 'no rule knows' src/base/json.cpp '#include <simdjson/simdjson.h>'
finds 'belongs to no layer' src/util/a.hpp '#include <string>'
finds 'belongs to no layer' include/jwks/new.hpp '#include <string>'
finds 'belongs to no layer' src/jose/a.cpp '#include "jwk.hpp"'
finds 'is relative' src/jose/a.cpp '#include "../source/fetcher.hpp"'
finds 'with quotes' src/base/a.cpp '#include <emulator/issuer.hpp>'
finds 'never prints' src/base/json.cpp 'std::cerr << "bad";'
finds 'never prints' src/crypto/digest.cpp '  ERR_print_errors_fp(stderr);'
finds 'never prints' src/jose/verify.cpp 'printf("token %s", text);'
finds 'never prints' src/source/flight.cpp 'if (verbose) std::fputs(text, file);'
finds 'never prints' src/verifier/report.cpp 'using std::cout;'
finds 'never prints' src/auth/http.cpp 'syslog(LOG_ERR, "%s", text);'
finds 'never prints' include/jwks/policy.hpp 'inline void show() { std::puts("x"); }'
finds 'more than 500 lines' tests/unit/long_test.cpp "$(yes // | head -501)"

if [ "$failures" -gt 0 ]; then
  exit 1
fi
echo "layering self-test: every breach was found"
