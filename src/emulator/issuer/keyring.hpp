#pragma once

// `Keyring`: the keys an issuer signs with and publishes, and their rotation.
//
// Each configured key is a slot. A slot has the key that signs now, keys that are announced
// (public, not yet signing; the oldest is next) and keys that are retiring (still public). What is
// published is the concatenation of these over all slots, as one immutable snapshot with a version
// number.
//
// Threading: every member may be called from any thread. Keys are made outside any lock; a rotation
// that was overtaken by another is worked out again on top of it.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
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
  std::vector<SigningKey> announced{};
  std::vector<SigningKey> retiring{};
};

/// The keys at one moment.
struct KeySnapshot {
  std::vector<KeySlot> slots;
  std::uint64_t version = 1;  ///< grows by one with every rotation
  std::string jwks{};         ///< the JWK Set document (RFC 7517 §5)
  std::string etag{};         ///< strong validator of the document, quotes included

  /// The first slot's key of this algorithm, or of any if none is asked for; null if there is none.
  [[nodiscard]] const SigningKey* signer(std::optional<Algorithm> algorithm) const noexcept;
};

class Keyring {
 public:
  /// Makes the keys without a PEM all at once, in parallel. *Failure:* `bad_config` about "keys".
  [[nodiscard]] static Result<std::unique_ptr<Keyring>> create(std::span<const KeyOptions> keys);

  [[nodiscard]] std::shared_ptr<const KeySnapshot> snapshot() const;

  /// Rotates every slot. `switch_to` and `hard` use an announced key where there is one. A new
  /// key's id is its thumbprint, also where the old one's was pinned. *Failure:* `bad_config` if
  /// OpenSSL can't make a key; nothing is changed then.
  [[nodiscard]] Result<void> rotate(Rotation rotation);
  /// Back to the keys it was made with. The version grows.
  [[nodiscard]] Result<void> reset();

 private:
  explicit Keyring(std::vector<KeySlot> slots);

  mutable std::mutex mutex_;
  std::shared_ptr<const KeySnapshot> current_;  // guarded by mutex_
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
