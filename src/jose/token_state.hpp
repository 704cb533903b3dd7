#pragma once

// What a VerifiedToken owns, and the only way to make or annotate one.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {
namespace detail {

/// The name that says of "EdDSA" what the key adds to it (RFC 9864 §2.2).
[[nodiscard]] inline Algorithm with_curve(Algorithm algorithm, const Jwk& key) noexcept {
  if (algorithm != Algorithm::eddsa) return algorithm;
  return key.fits(Algorithm::ed448) ? Algorithm::ed448 : Algorithm::ed25519;
}

/// Behind one pointer that never moves: views into it survive every move and copy of the token.
struct TokenState {
  TokenState(const Jwk& key, std::optional<std::string_view> header_key_id,
             Algorithm header_algorithm, TokenProfile verified_as, std::string_view payload_bytes)
      : payload(payload_bytes),
        key_id(header_key_id.value_or("")),
        thumbprint(key.thumbprint()),
        algorithm(header_algorithm),
        exact_algorithm(with_curve(header_algorithm, key)),
        profile(verified_as) {}

  std::string payload;                   ///< decoded; the index of the claims points into it
  std::optional<json::Document> claims;  ///< always there once a token was made of this
  std::string key_id;
  std::string thumbprint;
  Algorithm algorithm;        ///< as the header says it
  Algorithm exact_algorithm;  ///< the same, with the curve where that is left to the key
  TokenProfile profile;
};

struct TokenAccess {
  [[nodiscard]] static VerifiedToken make(std::shared_ptr<const TokenState> state) noexcept {
    return VerifiedToken(std::move(state));
  }
  [[nodiscard]] static const TokenState& state(const VerifiedToken& token) noexcept {
    return *token.state_;
  }
  static void mark_key_refreshed(VerifiedToken& token) noexcept { token.key_refreshed_ = true; }
  static void set_key_age(VerifiedToken& token, std::chrono::seconds age, bool stale) noexcept {
    token.key_age_ = age;
    token.stale_ = stale;
  }
};

}  // namespace detail
}  // namespace v0
}  // namespace jwks
