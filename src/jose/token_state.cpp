#include "jose/token_state.hpp"

#include <cstring>
#include <new>
#include <utility>

#include "jose/jwt.hpp"

namespace jwks {
inline namespace v0 {
namespace detail {
namespace {

/// Has std::allocate_shared allocate `extra` bytes more than it needs, and tells where they are.
template <class T>
class WithTail {
 public:
  using value_type = T;

  WithTail(std::size_t extra, std::byte*& tail) noexcept : extra_(extra), tail_(&tail) {}
  template <class U>
  explicit WithTail(const WithTail<U>& other) noexcept : extra_(other.extra_), tail_(other.tail_) {}

  [[nodiscard]] T* allocate(std::size_t count) {
    constexpr std::size_t kAlignment = alignof(std::max_align_t);
    static_assert(alignof(T) <= kAlignment);
    const std::size_t size = (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    auto* const block = static_cast<std::byte*>(::operator new(size + extra_));
    *tail_ = block + size;
    return reinterpret_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t /*count*/) noexcept { ::operator delete(block); }
  template <class U>
  bool operator==(const WithTail<U>& /*other*/) const noexcept {
    return true;
  }

 private:
  template <class U>
  friend class WithTail;
  std::size_t extra_;
  std::byte** tail_;  ///< written while allocating, not looked at afterwards
};

/// The name that says of "EdDSA" what the key adds to it (RFC 9864 §2.2).
Algorithm with_curve(Algorithm algorithm, const Jwk& key) noexcept {
  if (algorithm != Algorithm::eddsa) return algorithm;
  return key.fits(Algorithm::ed448) ? Algorithm::ed448 : Algorithm::ed25519;
}

/// Copies `text` to `free`, which moves on behind it.
std::string_view put(std::string_view text, std::byte*& free) noexcept {
  char* const place = reinterpret_cast<char*>(free);
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
  free += text.size();
  return {place, text.size()};
}

}  // namespace

TokenState::TokenState(std::byte* const& tail, std::size_t index_size, const jose::Jws& jws,
                       const Jwk& key, TokenProfile verified_as) noexcept
    : algorithm(jws.header().algorithm),
      exact_algorithm(with_curve(algorithm, key)),
      profile(verified_as),
      index_bytes(index_size),
      index(tail, index_size, &overflow) {
  std::byte* free = tail + index_size;
  payload = put(jws.payload(), free);
  key_id = put(jws.header().key_id.value_or(""), free);
  thumbprint = put(key.thumbprint(), free);
}

std::shared_ptr<TokenState> TokenState::make(const jose::Jws& jws, const Jwk& key,
                                             TokenProfile profile) {
  const std::size_t index_size = json::index_bytes(jws.payload());
  const std::size_t texts =
      jws.payload().size() + jws.header().key_id.value_or("").size() + key.thumbprint().size();
  std::byte* tail = nullptr;
  const WithTail<TokenState> allocator(index_size + texts, tail);
  return std::allocate_shared<TokenState>(allocator, tail, index_size, jws, key, profile);
}

Result<void> TokenState::read_claims() {
  auto document = jose::parse_claims(payload, &index, index_bytes);
  if (!document) return document.error();
  claims.emplace(std::move(*document));
  return registered.emplace(*claims).read(*claims);
}

std::size_t TokenState::memory_bytes() const noexcept {
  return sizeof(TokenState) + index_bytes + payload.size() + key_id.size() + thumbprint.size() +
         overflow.bytes();
}

}  // namespace detail
}  // namespace v0
}  // namespace jwks
