#pragma once

// The registered claims of a JWT (RFC 7519 §4.1), found in one walk over the Claims Set.
//
// Looking each of them up by its name would walk the members a dozen times for every token. The
// dates are kept converted, so that a token that is seen again is judged by comparing numbers.

#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "jwks/claims.hpp"
#include "jwks/json_value.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Views into the document of the claims.
struct RegisteredClaims {
  explicit RegisteredClaims(const json::Document& claims) noexcept : all(claims) {}

  /// Fills in the rest and checks the types: a registered claim of a wrong type is an error, never
  /// an absent claim (CVE-2026-25537). *Precondition:* the document's root is an object.
  /// *Failure:* `invalid_claim`.
  [[nodiscard]] Result<void> read(const json::Document& claims) noexcept;

  /// Tells whether any claim of this name is there.
  [[nodiscard]] bool contains(std::string_view name) const noexcept;

  Claims all;
  std::optional<std::string_view> issuer{};
  std::optional<std::string_view> subject{};
  std::optional<std::string_view> token_id{};
  std::optional<JsonValue> audience{};
  std::optional<JsonValue> confirmation{};  ///< "cnf" (RFC 7800 §3.1); its type is not checked here
  std::optional<NumericDate> expires_at{};
  std::optional<NumericDate> not_before{};
  std::optional<NumericDate> issued_at{};
};

}  // namespace jose
}  // namespace v0
}  // namespace jwks
