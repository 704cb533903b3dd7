#pragma once

// What the tests of the public conformance data share: finding and reading the data, taking keys
// out of it, and judging a JWS by the library's own steps.
//
// The data stays in JWKS_VECTORS_DIR, outside this repository. JSON is read with the library's own
// reader, so that a key or a token goes into a test byte for byte as it was published; that reader
// is put to the test by JSONTestSuite. Every runner asserts how much it read: a file that shrinks
// or a vector that is passed over fails. What is missing throws, which Catch2 reports.

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "jwks/algorithm.hpp"
#include "jwks/jwk_set.hpp"

namespace vectors {

/// Every algorithm of the library: then only the key decides what it may verify.
inline constexpr jwks::AlgorithmSet kEveryAlgorithm = [] {
  jwks::AlgorithmSet all = jwks::kDefaultAlgorithms;
  for (const auto each : {jwks::Algorithm::es256k, jwks::Algorithm::hs256, jwks::Algorithm::hs384,
                          jwks::Algorithm::hs512}) {
    all.insert(each);
  }
  return all;
}();

/// Tells whether a folder of the data is there. Without it the test says so, in words that CTest
/// looks for, or fails if JWKS_REQUIRE_VECTORS is set.
[[nodiscard]] bool available(std::string_view folder);

/// Says that there is nothing to test with, in the same words.
void skip(std::string_view why);

/// The bytes of a file; `path` is relative to JWKS_VECTORS_DIR.
[[nodiscard]] std::string read(std::string_view path);

/// The names of the files of a folder, sorted.
[[nodiscard]] std::vector<std::string> names_in(std::string_view folder);

/// A JSON document and the text that it points into.
class JsonText {
 public:
  explicit JsonText(std::string text);
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;
  [[nodiscard]] jwks::JsonValue root() const noexcept { return document_.root(); }

 private:
  std::string text_;
  jwks::json::Document document_;
};

// Members that must be there.
[[nodiscard]] jwks::JsonValue member(jwks::JsonValue object, std::string_view name);
[[nodiscard]] std::string string_member(jwks::JsonValue object, std::string_view name);
[[nodiscard]] std::size_t count_member(jwks::JsonValue object, std::string_view name);

[[nodiscard]] std::string from_hex(std::string_view hex);
[[nodiscard]] std::string hex_member(jwks::JsonValue object, std::string_view name);

/// The object's text with these members left out.
[[nodiscard]] std::string without(jwks::JsonValue object,
                                  std::initializer_list<std::string_view> names);

/// The JWK without what only its owner may know. A symmetric one stays as it is.
[[nodiscard]] std::string public_part(jwks::JsonValue jwk);

/// The keys of a JWK or a JWK Set that its reader trusts: secrets if there is one among them, else
/// the public parts. Unusable keys make the set smaller, and an unusable set is empty.
[[nodiscard]] jwks::JwkSet trusted(jwks::JsonValue jwk_or_set);

/// What the library says to a JWS in Compact Serialization whose payload may be anything:
/// "accepted", or the name of the error's code.
[[nodiscard]] std::string answer(std::string_view token, const jwks::JwkSet& keys,
                                 std::string_view token_type = {});

/// What was answered how often, as lines that a failing test prints: "5 × compact: accepted".
class Tally {
 public:
  void add(const std::string& answer, std::size_t times = 1) { counts_[answer] += times; }
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  std::map<std::string, std::size_t> counts_;
};

}  // namespace vectors
