#pragma once

// `VerifiedToken`: proof, as a type, that a token passed. Only `verify` makes one.
//
// It owns its decoded bytes; copies share them and are cheap. Views obtained from it (claims,
// strings) stay valid while any copy lives, whatever else is verified or moved meanwhile. It keeps
// nothing of the key set, the policy or the token's text alive.
//
// *Threading:* immutable; any number of threads may read one object.

#include <chrono>
#include <memory>
#include <string_view>

#include "jwks/algorithm.hpp"
#include "jwks/claims.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

namespace detail {
struct TokenState;
struct TokenAccess;  // how the library's own parts make and annotate tokens
}  // namespace detail

class JWKS_API VerifiedToken {
 public:
  /// The claims. *Lifetime:* a view into this token; therefore not callable on a temporary.
  [[nodiscard]] Claims claims() const& noexcept;
  Claims claims() && = delete;
  Claims claims() const&& = delete;

  [[nodiscard]] Algorithm algorithm() const noexcept;
  /// The kid of the header; empty if it had none.
  [[nodiscard]] std::string_view key_id() const& noexcept;
  std::string_view key_id() && = delete;
  std::string_view key_id() const&& = delete;
  /// The RFC 7638 SHA-256 thumbprint, base64url, of the key that verified the signature.
  [[nodiscard]] std::string_view key_thumbprint() const& noexcept;
  std::string_view key_thumbprint() && = delete;
  std::string_view key_thumbprint() const&& = delete;

  /// Tells whether the key was fetched because of this very token: a rotation race that was
  /// recovered, as opposed to a forgery that was not.
  [[nodiscard]] bool key_refreshed() const noexcept { return key_refreshed_; }
  /// Tells whether the key set was past its freshness because the issuer could not be reached.
  [[nodiscard]] bool stale() const noexcept { return stale_; }
  /// Time since the issuer last confirmed the key set; 0 for static keys.
  [[nodiscard]] std::chrono::seconds key_age() const noexcept { return key_age_; }

 private:
  friend struct detail::TokenAccess;
  explicit VerifiedToken(std::shared_ptr<const detail::TokenState> state) noexcept
      : state_(std::move(state)) {}

  std::shared_ptr<const detail::TokenState> state_;
  std::chrono::seconds key_age_{0};
  bool key_refreshed_ = false;
  bool stale_ = false;
};

}  // namespace v0
}  // namespace jwks
