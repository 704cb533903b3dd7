#pragma once

// The JWT Claims Set of a verified token, with typed access (RFC 7519 §4).
//
// A `Claims` is a view: it lives as long as the `VerifiedToken` it came from (or a copy of that
// token, since copies share their bytes). Registered claims were checked for their type when the
// token was verified, so their accessors return plain values; every other claim is read with an
// accessor that names the type you expect and answers `missing_claim` or `invalid_claim`.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "jwks/export.hpp"
#include "jwks/json_value.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

/// A point in time of a claim: seconds since 1970-01-01T00:00:00Z, ignoring leap seconds, possibly
/// with a fraction (RFC 7519 §2). Read from the decimal text without a floating-point step: exact
/// to the nanosecond; what is finer is rounded up to the next one. Range: 0 to
/// 9999-12-31T23:59:59Z.
struct NumericDate {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;  ///< 0 … 999 999 999

  friend constexpr auto operator<=>(const NumericDate&, const NumericDate&) noexcept = default;
  /// Converts, dropping the fraction.
  [[nodiscard]] std::chrono::sys_seconds floor() const noexcept {
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
  }
};

class JWKS_API Claims {
 public:
  explicit Claims(const json::Document& document) noexcept : document_(&document) {}

  // Registered claims (RFC 7519 §4.1); empty when the policy did not require them and they are
  // absent.
  [[nodiscard]] std::string_view issuer() const noexcept;                ///< "iss"
  [[nodiscard]] std::string_view subject() const noexcept;               ///< "sub"
  [[nodiscard]] std::string_view token_id() const noexcept;              ///< "jti"
  [[nodiscard]] std::optional<NumericDate> expires_at() const noexcept;  ///< "exp"
  [[nodiscard]] std::optional<NumericDate> not_before() const noexcept;  ///< "nbf"
  [[nodiscard]] std::optional<NumericDate> issued_at() const noexcept;   ///< "iat"
  /// "aud", whether it was a string or an array. *Failure:* may throw std::bad_alloc.
  [[nodiscard]] std::vector<std::string_view> audiences() const;
  [[nodiscard]] bool has_audience(std::string_view audience) const noexcept;
  /// Tells whether "scope" holds it, a list of words separated by spaces (RFC 8693 §4.2). Without
  /// a "scope" the same of "scp", which issuers write as such a list or as an array.
  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept;

  // Any claim by name.
  [[nodiscard]] bool contains(std::string_view name) const noexcept;
  [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const noexcept;
  [[nodiscard]] Result<std::string_view> string(std::string_view name) const noexcept;
  [[nodiscard]] Result<std::int64_t> integer(std::string_view name) const noexcept;
  [[nodiscard]] Result<double> number(std::string_view name) const noexcept;
  [[nodiscard]] Result<bool> boolean(std::string_view name) const noexcept;
  [[nodiscard]] Result<NumericDate> numeric_date(std::string_view name) const noexcept;
  /// A string or an array of strings. *Failure:* also throws std::bad_alloc.
  [[nodiscard]] Result<std::vector<std::string_view>> strings(std::string_view name) const;

  /// The whole Claims Set as one value, and as the JSON text that was signed.
  [[nodiscard]] JsonValue root() const noexcept { return {document_, 0}; }
  [[nodiscard]] std::string_view json() const noexcept { return root().text(); }

 private:
  const json::Document* document_;
};

}  // namespace v0
}  // namespace jwks
