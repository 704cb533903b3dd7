#include "emulator/issuer/keyring.hpp"

#include <future>
#include <iterator>
#include <utility>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Result<SigningKey> make_key(const KeyOptions& options) {
  if (options.pem.empty()) return SigningKey::generate(options.algorithm, options.key_id);
  return SigningKey::from_pem(options.pem, options.algorithm, options.key_id);
}

/// An RSA key takes some 100 ms to find, so the keys are looked for side by side.
Result<std::vector<SigningKey>> make_keys(std::span<const KeyOptions> wanted) {
  std::vector<std::future<Result<SigningKey>>> pending;
  for (const KeyOptions& options : wanted) {
    pending.push_back(std::async(std::launch::async, make_key, std::cref(options)));
  }
  std::vector<SigningKey> keys;
  std::optional<Error> error;
  for (auto& each : pending) {
    Result<SigningKey> key = each.get();
    if (key) {
      keys.push_back(*key);
    } else if (!error) {
      error = key.error();
    }
  }
  if (error) return error->about("keys");
  return keys;
}

void append(std::vector<SigningKey>& to, const std::vector<SigningKey>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::shared_ptr<const KeySnapshot> publish(std::vector<KeySlot> slots, std::uint64_t version) {
  std::vector<SigningKey> keys;
  keys.reserve(slots.size());
  for (const KeySlot& slot : slots) keys.push_back(slot.signing);
  for (const KeySlot& slot : slots) append(keys, slot.announced);
  for (const KeySlot& slot : slots) append(keys, slot.retiring);

  std::vector<std::string> jwks;
  jwks.reserve(keys.size());
  for (const SigningKey& key : keys) jwks.push_back(key.public_jwk());
  auto snapshot = std::make_shared<KeySnapshot>();
  snapshot->slots = std::move(slots);
  snapshot->version = version;
  snapshot->jwks = JsonObject().raw("keys", array_of(jwks)).text();
  // Of the content, not of the version: two emulators with the same pinned keys agree on it.
  const auto digest = crypto::sha256(snapshot->jwks);
  snapshot->etag =
      '"' + (digest ? base64url::encode(*digest).substr(0, 22) : std::to_string(version)) + '"';
  return snapshot;
}

/// What `slot` becomes. `take` gives a new key.
template <class Take>
void rotate_slot(KeySlot& slot, Rotation rotation, Take&& take) {
  const auto next = [&] {
    if (slot.announced.empty()) return take();
    SigningKey key = slot.announced.front();
    slot.announced.erase(slot.announced.begin());
    return key;
  };
  switch (rotation) {
    case Rotation::announce:
      slot.announced.push_back(take());
      break;
    case Rotation::switch_to:
      slot.retiring.insert(slot.retiring.begin(), std::exchange(slot.signing, next()));
      break;
    case Rotation::hard:
      slot.signing = next();
      slot.retiring.clear();
      break;
    case Rotation::retire:
      slot.retiring.clear();
      break;
    case Rotation::republish:  // TODO(step 4, part B)
    case Rotation::same_kid:
      break;
  }
}

bool needs_new_key(const KeySlot& slot, Rotation rotation) {
  switch (rotation) {
    case Rotation::announce:
      return true;
    case Rotation::switch_to:
    case Rotation::hard:
      return slot.announced.empty();
    case Rotation::retire:
    case Rotation::republish:
    case Rotation::same_kid:
      break;
  }
  return false;
}

}  // namespace

const SigningKey* KeySnapshot::signer(std::optional<Algorithm> algorithm) const noexcept {
  for (const KeySlot& slot : slots) {
    if (!algorithm || slot.signing.algorithm() == *algorithm) return &slot.signing;
  }
  return nullptr;
}

Keyring::Keyring(std::vector<KeySlot> slots) : current_(publish(std::move(slots), 1)) {}

Result<std::unique_ptr<Keyring>> Keyring::create(std::span<const KeyOptions> keys) {
  Result<std::vector<SigningKey>> made = make_keys(keys);
  if (!made) return made.error();
  std::vector<KeySlot> slots;
  for (SigningKey& key : *made) slots.push_back(KeySlot{std::move(key)});
  return std::unique_ptr<Keyring>(new Keyring(std::move(slots)));
}

std::shared_ptr<const KeySnapshot> Keyring::snapshot() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<void> Keyring::rotate(Rotation rotation) {
  for (;;) {
    const std::shared_ptr<const KeySnapshot> before = snapshot();
    std::vector<KeyOptions> wanted;
    for (const KeySlot& slot : before->slots) {
      if (needs_new_key(slot, rotation)) wanted.push_back({.algorithm = slot.signing.algorithm()});
    }
    Result<std::vector<SigningKey>> made = make_keys(wanted);
    if (!made) return made.error();

    std::vector<KeySlot> slots = before->slots;
    auto unused = made->begin();
    for (KeySlot& slot : slots) rotate_slot(slot, rotation, [&unused] { return *unused++; });
    auto after = publish(std::move(slots), before->version + 1);

    const std::lock_guard lock(mutex_);
    if (current_ != before) continue;
    current_ = std::move(after);
    return {};
  }
}

// TODO(step 4, part B)
Result<void> Keyring::reset() { return {}; }

std::string_view to_string(Rotation rotation) noexcept {
  switch (rotation) {
    case Rotation::announce:
      return "announce";
    case Rotation::switch_to:
      return "switch";
    case Rotation::hard:
      return "hard";
    case Rotation::retire:
      return "retire";
    case Rotation::republish:
      return "republish";
    case Rotation::same_kid:
      return "same_kid";
  }
  return "unknown";
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
