#pragma once

// What a VerifiedToken owns, and the only way to make or annotate one.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {
namespace detail {

/// One heap block of bytes: views into it survive every move and copy of the VerifiedToken.
struct TokenState {
  std::string payload;      ///< decoded; the claims' index points into it
  json::Document claims;    ///< of `payload`
  std::string key_id;
  std::string thumbprint;
  Algorithm algorithm;
};

struct TokenAccess {
  [[nodiscard]] static VerifiedToken make(std::shared_ptr<const TokenState> state) noexcept {
    return VerifiedToken(std::move(state));
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
