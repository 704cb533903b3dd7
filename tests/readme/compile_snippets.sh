#!/usr/bin/env bash
# Compiles the C++ of README.md as a reader would paste it: compile_snippets.sh README <compiler> <flags...>
# Includes go to the top, everything else into the body of a function.
set -euo pipefail

readme=$1
shift
source=$(mktemp --suffix=.cpp)
trap 'rm -f "$source"' EXIT

blocks=$(grep -c '^```cpp' "$readme")
if ((blocks < 2)); then
  echo "README.md has $blocks C++ blocks; the library's and the emulator's were expected" >&2
  exit 1
fi

{
  echo '#include <jwks/emulator.hpp>'
  awk '/^```cpp/ {inside = 1; next} /^```/ {inside = 0} inside && /^#include/' "$readme"
  echo 'void serve(std::string_view subject);'
  echo 'void respond(int status, const std::string& text);'
  echo 'void answer(const jwks::Result<jwks::VerifiedToken>& token);'
  echo 'void fail(const std::string& why);'
  echo 'extern const jwks::JwksVerifier verifier;'
  echo 'extern const std::string text, id_token, nonce, code, logout_token;'
  echo 'void log(const std::string& note);'
  awk '/^```cpp/ {inside = 1; printf "void snippet_%d([[maybe_unused]] std::string_view authorization) {\n", ++n; next}
       /^```/ && inside {inside = 0; print "}"}
       inside && !/^#include/' "$readme"
} >"$source"

"$@" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -Wno-unused-variable "$source" || {
  cat "$source" >&2
  exit 1
}
