#pragma once

// What can go wrong, for programs (`code`, `reason`), for operators (`message`) and for callers
// (`category`, `retryable`, `retry_after`).
//
// - One flat list of codes in numeric bands; a band is a category, and a code is never renumbered.
// - An `Error` is a fixed-size value: making, copying and returning one never allocates, so
// refusing
//   a hostile token costs no memory. `message()` formats on demand.
// - Nothing in an `Error` holds the token, a secret or raw attacker text: what came from a token is
//   escaped to printable ASCII and cut (a `kid` at 64 bytes, a detail at 160).
// - Which of several faults is reported is fixed: size, dots, base64url → header JSON → crit → typ
// →
//   alg → (several issuers, or a kid miss: payload and iss) → key → signature → claims JSON →
//   claims.
//
// Errors are for your logs and for the choice between 401, 403 and 503; tell a remote caller no
// more than `jwks::www_authenticate` does (RFC 6750 §3.1).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "jwks/algorithm.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// The band of a code: who has to act.
enum class ErrorCategory : std::uint16_t {
  malformed = 100,      ///< not a JWT that this library reads
  key = 200,            ///< no usable key for this token
  signature = 300,      ///< the signature does not hold
  claims = 400,         ///< the claims don't satisfy the policy
  unavailable = 500,    ///< nobody can tell now; try again later
  configuration = 600,  ///< the program set this up wrongly
};

enum class ErrorCode : std::uint16_t {
  too_large = 101,           ///< a size limit is exceeded
  not_three_segments = 102,  ///< not the JWS Compact Serialization of a JWT (RFC 7515 §7.1)
  bad_base64url = 103,       ///< padding, foreign characters or unused bits (RFC 7515 §2)
  bad_json = 104,            ///< not strict JSON in UTF-8, or not an object (RFC 8259)
  duplicate_member = 105,    ///< a member name occurs twice (RFC 7515 §4, RFC 7519 §4)
  invalid_header = 106,      ///< a header parameter is missing or has a wrong type
  crit_unsupported = 107,    ///< a critical extension is not implemented (RFC 7515 §4.1.11)

  alg_not_allowed = 201,  ///< "alg" is not in the policy's allow-list (RFC 8725 §3.1)
  alg_mismatch = 202,     ///< the key with this kid is pinned to another algorithm
  unknown_key = 203,      ///< no key of the set answers to this kid
  key_ambiguous = 204,    ///< several keys fit and the policy wants one
  key_rejected = 205,     ///< the key exists and must not be used; see reason()

  bad_signature = 301,

  expired = 401,
  not_yet_valid = 402,
  issued_in_future = 403,
  too_old = 404,
  wrong_issuer = 405,
  wrong_audience = 406,
  wrong_type = 407,  ///< "typ" is not of the expected profile (RFC 8725 §3.11)
  missing_claim = 408,
  invalid_claim = 409,
  wrong_azp = 410,
  wrong_nonce = 411,
  wrong_hash = 412,
  insufficient_scope = 413,
  binding_failed = 414,
  replayed = 415,
  custom = 416,  ///< a validator of the application refused; subject() is its name

  keys_unavailable = 501,  ///< no key set to judge by; see reason()
  out_of_memory = 502,

  bad_config = 601,  ///< subject() names the option
};

/// Why, where a code alone is not enough.
enum class ErrorReason : std::uint16_t {
  none = 0,

  // unknown_key
  negative = 1,      ///< this kid was looked for a moment ago and is not there
  rate_limited = 2,  ///< a refresh would be needed and is not admitted yet

  // key_rejected, and the reason an entry of a JWK Set was skipped
  not_an_object = 20,
  bad_json = 21,
  duplicate_member = 22,
  missing_member = 23,
  bad_member = 24,  ///< a member has a wrong type or value
  bad_base64 = 25,
  unknown_kty = 26,
  unsupported_crv = 27,
  unknown_alg = 28,
  alg_mismatch = 29,  ///< the JWK's "alg" does not fit its kty or crv
  use_not_sig = 30,
  key_ops = 31,
  symmetric = 32,         ///< kty "oct" in a published set
  private_material = 33,  ///< a private member was published; the key is burnt
  weak_rsa = 34,          ///< modulus below 2048 bits (RFC 7518 §3.3)
  large_rsa = 35,         ///< modulus above 8192 bits
  bad_modulus = 36,
  bad_exponent = 37,
  bad_length = 38,
  point_not_on_curve = 39,
  x5c_mismatch = 40,
  bad_pem = 41,
  weak_secret = 42,   ///< a secret shorter than its algorithm's hash (RFC 7518 §3.2)
  small_order = 43,   ///< an Edwards point outside the group of prime order
  roca = 44,          ///< an RSA modulus of the structure of CVE-2017-15361
  unsupported = 45,   ///< the linked OpenSSL does not have the algorithm
  x5t_mismatch = 46,  ///< the token names the certificate of another key

  // keys_unavailable
  never_loaded = 60,
  expired = 61,
  backing_off = 62,
  wait_timeout = 63,
  too_many_waiters = 64,
  fetch_failed = 65,
  document_rejected = 66,
  discovery_rejected = 67,
  closed = 68,
  forked = 69,
  snapshot_rejected = 70,  ///< a stored key set that is corrupt, foreign or too old
  unproven = 71,           ///< the held keys are past their TTL, and the issuer is only being asked

  // binding_failed; they choose the answer of RFC 9449 §7.1 and §9
  invalid_dpop_proof = 80,  ///< also of replayed: the proof was, not the token
  use_dpop_nonce = 81,
  dpop_binding = 82,  ///< the token is not bound to the DPoP key that was proved, if any was

  // out_of_memory
  replay_cache_full = 90,
};

/// Returns the enumerator's name, for example "unknown_key".
[[nodiscard]] JWKS_API std::string_view to_string(ErrorCategory category) noexcept;
[[nodiscard]] JWKS_API std::string_view to_string(ErrorCode code) noexcept;
[[nodiscard]] JWKS_API std::string_view to_string(ErrorReason reason) noexcept;

namespace detail {
/// A short text held in place. What does not fit is cut and marked with "...". Only what is used is
/// copied: an error without texts is some 50 bytes, not 300.
template <std::size_t N>
struct InlineText {
  static_assert(N <= 255);
  InlineText() noexcept {}  // NOLINT(modernize-use-equals-default): that would fill `bytes`
  InlineText(const InlineText& other) noexcept : size(other.size) {
    std::memcpy(bytes, other.bytes, size);
  }
  InlineText& operator=(const InlineText& other) noexcept {  // NOLINT(*-unhandled-self-assignment)
    size = other.size;
    std::memmove(bytes, other.bytes, size);
    return *this;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes, size}; }

  char bytes[N];
  std::uint8_t size = 0;
};
}  // namespace detail

/// One failure.
///
/// *Threading:* a value; no shared state. *Allocation:* none, but in `message()`.
class JWKS_API Error {
 public:
  explicit Error(ErrorCode code, ErrorReason reason = ErrorReason::none) noexcept
      : code_(code), reason_(reason) {}
  // Not inline: every Result has them, and they are long.
  Error(const Error&) noexcept;
  Error& operator=(const Error&) noexcept;
  ~Error() = default;

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }
  [[nodiscard]] ErrorReason reason() const noexcept { return reason_; }
  [[nodiscard]] ErrorCategory category() const noexcept;

  /// The claim, header parameter, JWK member or option concerned; empty if none is.
  [[nodiscard]] std::string_view subject() const noexcept { return subject_.view(); }
  /// More for an operator: escaped, at most 160 bytes; may be empty.
  [[nodiscard]] std::string_view detail() const noexcept { return detail_.view(); }
  /// The token's kid, escaped, at most 64 bytes; empty if not known.
  [[nodiscard]] std::string_view key_id() const noexcept { return key_id_.view(); }
  /// The token's algorithm, if it was read and known.
  [[nodiscard]] std::optional<Algorithm> algorithm() const noexcept { return algorithm_; }

  /// Tells whether the same token may be accepted later without anybody changing anything.
  [[nodiscard]] bool retryable() const noexcept;
  /// When to try again, if known: more than 0 s and at most 300 s.
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const noexcept {
    return retry_after_;
  }

  /// Formats one line: code, reason, subject, detail. *Failure:* may throw std::bad_alloc.
  [[nodiscard]] std::string message() const;

  // Building. Each returns *this, so that an error is made in one expression.
  Error& about(std::string_view subject) noexcept;
  Error& because(std::string_view detail) noexcept;
  Error& for_key(std::string_view key_id) noexcept;
  Error& with_algorithm(Algorithm algorithm) noexcept;
  Error& retry_in(std::chrono::seconds delay) noexcept;

 private:
  ErrorCode code_;
  ErrorReason reason_;
  std::optional<Algorithm> algorithm_;
  std::optional<std::chrono::seconds> retry_after_;
  detail::InlineText<48> subject_;
  detail::InlineText<64> key_id_;
  detail::InlineText<160> detail_;
};

/// Thrown by `Result::value()`, and by nothing else in the library.
class JWKS_API VerificationError : public std::exception {
 public:
  explicit VerificationError(const Error& error) noexcept : error_(error) {}
  ~VerificationError() override;
  [[nodiscard]] const Error& error() const noexcept { return error_; }
  [[nodiscard]] const char* what() const noexcept override;

 private:
  Error error_;
};

}  // namespace v0
}  // namespace jwks
