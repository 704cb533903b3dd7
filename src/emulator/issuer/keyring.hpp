#pragma once

// `Keyring`: the keys an issuer signs with and publishes, and their rotation.
//
// Each configured key is a slot. A slot has the key that signs now, keys that are announced
// (public, not yet signing; the oldest is next), keys that are retiring (still public), and keys
// that were withdrawn. What is published is the concatenation of the first three over all slots, as
// one immutable snapshot with a version number.
//
// Finding an RSA key takes some 100 ms. Keys to be generated are therefore looked for in the
// background, by a few threads, or only when somebody first wants to see them; destruction ends the
// search.
//
// Threading: every member may be called from any thread. Keys are made outside any lock; a rotation
// that was overtaken by another is worked out again on top of it.

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/issuer/signing_key.hpp"
#include "jwks/emulator.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct KeySlot {
  SigningKey signing;
  std::vector<SigningKey> announced{};  ///< the next first
  std::vector<SigningKey> retiring{};   ///< the youngest first
  std::vector<SigningKey> withdrawn{};  ///< no longer published; the last to go is the last here
};

/// The keys at one moment.
struct KeySnapshot {
  std::vector<KeySlot> slots{};
  std::uint64_t version = 1;       ///< grows by one with every rotation
  std::vector<SigningKey> keys{};  ///< all that are published, in the order of the document
  std::string jwks{};              ///< the JWK Set document (RFC 7517 §5)
  std::string etag{};              ///< strong validator of the document, quotes included

  /// The key that signs with this algorithm, or with the first one's; null if there is none.
  [[nodiscard]] const SigningKey* signer(std::optional<Algorithm> algorithm) const noexcept;
  /// The first published key with this kid; null if there is none.
  [[nodiscard]] const SigningKey* find(std::string_view key_id) const noexcept;
};

/// The strong validator of a document (RFC 9110 §8.8.3), quotes included: a digest of its content.
[[nodiscard]] std::string etag_of(std::string_view document);

class Keyring {
 public:
  /// Of a slot: so many are published at most, and the last so many that were withdrawn are kept.
  static constexpr std::size_t kMaxKeys = 100;

  /// When keys that have to be generated are looked for.
  enum class Search : std::uint8_t { now, on_first_use };

  /// Reads the pinned keys; the search for the others goes on in the background. *Failure:*
  /// `bad_config` about "keys[i]": a malformed key, an RSA size outside 2048 to 4096, an algorithm
  /// that OpenSSL doesn't have, a kid that another key of the same type is pinned to.
  [[nodiscard]] static Result<std::unique_ptr<Keyring>> create(std::span<const KeyOptions> keys,
                                                               Search search = Search::now);
  /// Ends a search that is going on.
  ~Keyring();
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;

  /// Ends every search, those that are still to come included: who waits goes on with the keys that
  /// were found. For a keyring that is about to be destroyed.
  void stop_searching() noexcept;

  /// Waits for the search the first time. A key that could not be found for want of memory is not
  /// among them.
  [[nodiscard]] std::shared_ptr<const KeySnapshot> snapshot() const;

  /// Rotates every slot. `switch_to` and `hard` use an announced key where there is one. A new
  /// key is of the old one's size and curve; its id is its thumbprint, also where the old one's was
  /// pinned (but for `same_kid`). *Failure:* `bad_config`, and nothing is changed: if OpenSSL can't
  /// make a key, if `republish` finds nothing that was withdrawn, if more than `kMaxKeys` would be
  /// published.
  [[nodiscard]] Result<void> rotate(Rotation rotation);
  /// Back to the keys it was made with. The version grows.
  [[nodiscard]] Result<void> reset();

 private:
  using Snapshot = std::shared_ptr<const KeySnapshot>;

  Keyring() = default;
  /// Makes `next` the current one unless `before` no longer is.
  [[nodiscard]] bool replace(const Snapshot& before, Snapshot next);

  std::stop_source stop_;
  std::shared_future<Snapshot> first_;  // waits for its thread when it is destroyed
  mutable std::mutex mutex_;
  mutable Snapshot current_;  // guarded by mutex_; null until somebody asks
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
