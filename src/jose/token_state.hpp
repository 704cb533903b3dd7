#pragma once

// What a VerifiedToken points to.
//
// A token costs one allocation: one block holds the counts of the shared pointer, the state, and
// behind it the decoded payload, the texts and the index of the claims. Only escapes in strings,
// which few tokens have, need more.

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "jose/jws.hpp"
#include "jose/registered_claims.hpp"
#include "jwks/export.hpp"
#include "jwks/jwk_set.hpp"
#include "jwks/policy.hpp"
#include "jwks/verified_token.hpp"

namespace jwks {
inline namespace v0 {
namespace detail {

/// Memory for the index of a token whose strings have escapes, counted.
class Overflow final : public std::pmr::memory_resource {
 public:
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    void* const memory = std::pmr::new_delete_resource()->allocate(bytes, alignment);
    bytes_ += bytes;
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::size_t bytes_ = 0;
};

/// Never moves: views into it survive every move and copy of the token.
struct TokenState {
  /// For `make`. The memory behind the state begins at `tail`, which is read when it was allocated.
  TokenState(std::byte* const& tail, std::size_t index_size, const jose::Jws& jws, const Jwk& key,
             TokenProfile verified_as) noexcept;

  /// Copies what it needs: the token's text, the key and the JWS may go. The claims are still to be
  /// read. *Failure:* throws std::bad_alloc.
  [[nodiscard]] static std::shared_ptr<TokenState> make(const jose::Jws& jws, const Jwk& key,
                                                        TokenProfile profile);

  /// Parses the payload and reads the registered claims. *Failure:* a code of the malformed band,
  /// with "payload" as its subject; `invalid_claim`; throws std::bad_alloc.
  [[nodiscard]] Result<void> read_claims();

  /// The bytes of memory that it takes.
  [[nodiscard]] JWKS_INTERNAL std::size_t memory_bytes() const noexcept;

  Algorithm algorithm;        ///< as the header says it
  Algorithm exact_algorithm;  ///< the same, with the curve where that is left to the key
  TokenProfile profile;
  std::string_view payload{};     ///< decoded; the index of the claims points into it
  std::string_view key_id{};      ///< empty if the header has none
  std::string_view thumbprint{};  ///< of the key; empty for a secret
  std::size_t index_bytes;
  Overflow overflow{};
  std::pmr::monotonic_buffer_resource index;  ///< its memory
  // Both are always there once a token was made of this.
  std::optional<json::Document> claims{};
  std::optional<jose::RegisteredClaims> registered{};
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
