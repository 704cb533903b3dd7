#pragma once

// Which keys of a set may verify a token (exact kid, algorithm pinned to the key; RFC 8725 §3.1).

#include <array>
#include <cstddef>
#include <span>

#include "jose/header.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {

/// Bounds the signature checks that one token can cause.
inline constexpr std::size_t kMaxCandidates = 4;

/// Pointers into the set, in document order; never empty.
class Candidates {
 public:
  void add(const Jwk& key) noexcept {
    if (size_ < kMaxCandidates) keys_[size_++] = &key;
  }
  [[nodiscard]] std::span<const Jwk* const> keys() const noexcept {
    return std::span(keys_).first(size_);
  }

 private:
  std::array<const Jwk*, kMaxCandidates> keys_{};
  std::size_t size_ = 0;
};

/// *Failure:* `unknown_key`, `alg_mismatch`, `key_rejected` (with the entry's reason),
/// `key_ambiguous`.
[[nodiscard]] Result<Candidates> select_keys(const JwkSet& set, const Header& header,
                                             KeySelection policy) noexcept;

}  // namespace jose
}  // namespace v0
}  // namespace jwks
