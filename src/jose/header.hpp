#pragma once

// The JOSE Header of a JWT: what it must look like, and the little that is taken from it.
//
// Of all parameters only "alg", "kid", "typ", "crit" and "x5t#S256" have an effect on a token.
// "jwk", "jku", "x5u" and "x5c" are never a source of keys for it and never cause a request; they
// are checked for their type alone. (A DPoP proof carries its own key in "jwk": src/jose/dpop.cpp.)

#include <array>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "jwks/policy.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Views into the header's bytes and the reader's memory, or into what a HeaderMemory holds.
struct Header {
  Algorithm algorithm{};
  std::optional<std::string_view> type{};  ///< "typ"
  std::optional<std::string_view> key_id{};
  std::optional<std::string_view> certificate_thumbprint{};  ///< "x5t#S256"
  std::optional<JsonValue> jwk{};  ///< for DPoP proofs only: elsewhere it is never looked at
};

/// What a header is held to.
struct HeaderRules {
  AlgorithmSet algorithms;
  TokenProfile profile = TokenProfile::jwt;
  std::string_view token_type{};  ///< see ValidationOptions::token_type
  bool any_type = false;          ///< "typ" is not looked at: the policy is not known yet
};
[[nodiscard]] inline HeaderRules header_rules(const ValidationOptions& policy) noexcept {
  return {policy.algorithms, policy.profile, policy.token_type, /*any_type=*/false};
}

/// Checks what no policy changes: "alg" is there, the registered parameters have their types, "kid"
/// its size and "crit" its form (RFC 7515 §4.1). *Failure:* `invalid_header`, `too_large` (kid).
[[nodiscard]] Result<void> check_header_form(JsonValue header) noexcept;

/// Checks of a header that was read what depends on the policy. *Failure:* `wrong_type`,
/// `alg_not_allowed`.
[[nodiscard]] Result<void> check_header(const Header& header, const HeaderRules& rules) noexcept;

/// Reads headers with memory of its own, so that usual ones cost no allocation.
class HeaderReader {
 public:
  HeaderReader() = default;
  HeaderReader(const HeaderReader&) = delete;
  HeaderReader& operator=(const HeaderReader&) = delete;

  /// Checks, in this order: JSON, the parameters' types, crit, typ, alg.
  /// *Failure:* `bad_json`, `duplicate_member`, `invalid_header`, `too_large` (kid),
  /// `crit_unsupported`, `wrong_type`, `alg_not_allowed`.
  [[nodiscard]] Result<Header> read(std::string_view json, const HeaderRules& rules);

 private:
  std::array<std::byte, 4096> bytes_;  // NOLINT: only the memory resource reads it
  std::pmr::monotonic_buffer_resource memory_{bytes_.data(), bytes_.size()};
  std::optional<json::Document> document_;
};

}  // namespace jose
}  // namespace v0
}  // namespace jwks
