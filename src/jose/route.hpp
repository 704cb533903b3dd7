#pragma once

// Which issuer a token says it is from, before there is a policy to hold it to.
//
// Where several issuers are accepted, "iss" chooses the policy and the keys, so it has to be read
// first. All that no policy changes is checked on the way: a token that none would take is refused
// here. What is read is anybody's word. It may be looked up in a list, and nothing else; the token
// then goes through `verify` from the start, with whoever was found.

#include <array>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "jose/jws.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Reads with memory of its own, some 24 KiB: it is made on the stack, and usual tokens cost no
/// allocation.
class JWKS_INTERNAL IssuerReader {
 public:
  IssuerReader() = default;
  IssuerReader(const IssuerReader&) = delete;
  IssuerReader& operator=(const IssuerReader&) = delete;

  /// Returns the unverified "iss"; a view into this object or into `token`. Checks, in this order:
  /// size, dots, base64url, header JSON, crit, alg (any that is known), payload JSON, "iss".
  /// *Failure:* a code of the malformed band, `alg_not_allowed`, `missing_claim`, `invalid_claim`;
  /// `out_of_memory`.
  [[nodiscard]] Result<std::string_view> read(std::string_view token) noexcept;

  /// Adds what the header says of the key. *Precondition:* `read` succeeded.
  [[nodiscard]] Error concerning(const Error& error) const noexcept {
    return jws_.concerning(error);
  }

 private:
  Result<std::string_view> read_steps(std::string_view token);

  Jws jws_;
  std::array<std::byte, 4096> bytes_;  // NOLINT: only the memory resource reads it
  std::pmr::monotonic_buffer_resource memory_{bytes_.data(), bytes_.size()};
  std::optional<json::Document> claims_;
};

}  // namespace jose
}  // namespace v0
}  // namespace jwks
