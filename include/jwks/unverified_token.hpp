#pragma once

// `UnverifiedToken`: what a token says about itself, for people to look at.
//
// Nothing in it is true: anybody can write such a token. Use it to show a token to an operator or
// to debug a test. It is a type of its own that no function of the library takes, it does not
// convert to a `VerifiedToken` or `Claims`, and its members are named so that a review sees them.
//
// Threading: immutable; copies share their bytes.

#include <memory>
#include <string_view>

#include "jwks/export.hpp"
#include "jwks/json_value.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

class JWKS_API UnverifiedToken {
 public:
  /// Reads a JWT with the strictness and the limits of `verify`, but without its policy: "alg",
  /// "typ" and "crit" may be anything that is well formed.
  /// *Failure:* a code of the malformed band. Never throws but std::bad_alloc.
  [[nodiscard]] static Result<UnverifiedToken> parse(std::string_view token);

  // *Lifetime:* views into this token or any copy of it.
  [[nodiscard]] JsonValue unverified_header() const& noexcept;
  JsonValue unverified_header() && = delete;
  JsonValue unverified_header() const&& = delete;
  [[nodiscard]] JsonValue unverified_claims() const& noexcept;
  JsonValue unverified_claims() && = delete;
  JsonValue unverified_claims() const&& = delete;

 private:
  struct State;
  explicit UnverifiedToken(std::shared_ptr<const State> state) noexcept
      : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace v0
}  // namespace jwks
