#include "emulator/issuer/keyring.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <thread>
#include <utility>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_kind.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr unsigned kMinRsaBits = 2048;
constexpr unsigned kMaxRsaBits = 4096;

Error refused(std::string_view subject, std::string_view why) {
  return Error(ErrorCode::bad_config).about(subject).because(why);
}

/// The key of these options; empty if it is to be generated, which then can be done.
Result<std::optional<SigningKey>> pinned_key(const KeyOptions& options) {
  if (!options.pem.empty() && !options.jwk.empty()) {
    return refused("keys", "a key is given as PEM or as JWK, not as both");
  }
  if (!options.pem.empty() || !options.jwk.empty()) {
    auto key = options.jwk.empty()
                   ? SigningKey::from_pem(options.pem, options.algorithm, options.key_id)
                   : SigningKey::from_jwk(options.jwk, options.algorithm, options.key_id);
    if (!key) return key.error();
    return std::optional<SigningKey>(*key);
  }
  if (options.rsa_bits < kMinRsaBits || options.rsa_bits > kMaxRsaBits) {
    return refused("keys", "RSA keys have 2048 to 4096 bits");
  }
  if (!SigningKey::can_generate(options)) {
    return refused("keys", "there is no such key for this algorithm");
  }
  return std::optional<SigningKey>();
}

/// An RSA key takes some 100 ms to find, so the keys are looked for side by side, by as many
/// threads as the machine has use for. Those that can't be found are empty.
std::vector<std::optional<SigningKey>> generate(std::span<const KeyOptions> wanted,
                                                const std::stop_token& stop) {
  std::vector<std::optional<SigningKey>> made(wanted.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < wanted.size(); i = next++) {
      if (auto key = SigningKey::generate(wanted[i], stop)) made[i] = *key;
    }
  };
  const std::size_t threads =
      std::min<std::size_t>(wanted.size(), std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::future<void>> helpers;
  for (std::size_t i = 1; i < threads; ++i) {
    // Without a thread to be had it is deferred, and finds everything done.
    helpers.push_back(std::async(std::launch::async | std::launch::deferred, work));
  }
  work();
  for (auto& helper : helpers) helper.get();
  return made;
}

/// The keys that a keyring starts with: those that were read, and the others' options.
struct Beginning {
  std::vector<std::optional<SigningKey>> keys{};
  std::vector<KeyOptions> to_generate{};

  [[nodiscard]] std::vector<KeySlot> slots(const std::stop_token& stop) const {
    const auto generated = generate(to_generate, stop);
    auto next = generated.begin();
    std::vector<KeySlot> slots;
    for (const std::optional<SigningKey>& pinned : keys) {
      const std::optional<SigningKey>& key = pinned ? pinned : *next++;
      if (key) slots.push_back({.signing = *key});
    }
    return slots;
  }
};

bool have_same_type(Algorithm a, Algorithm b) {
  const auto type_of = [](Algorithm algorithm) {
    return std::find_if(crypto::kKeyKinds.begin(), crypto::kKeyKinds.end(),
                        [=](const auto& kind) { return kind.algorithms.contains(algorithm); })
        ->type;
  };
  return type_of(a) == type_of(b);
}

/// Two keys with one kid can't be told apart by those who verify, unless their types differ.
bool has_kid_of_another(std::span<const KeyOptions> options, const Beginning& beginning,
                        std::size_t index) {
  const auto kid = [&](std::size_t i) -> std::string_view {
    return beginning.keys[i] ? beginning.keys[i]->key_id() : options[i].key_id;
  };
  for (std::size_t i = 0; i < index; ++i) {
    if (!kid(i).empty() && kid(i) == kid(index) &&
        have_same_type(options[i].algorithm, options[index].algorithm)) {
      return true;
    }
  }
  return false;
}

Result<Beginning> begin_with(std::span<const KeyOptions> options) {
  Beginning beginning;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string subject = "keys[" + std::to_string(i) + "]";
    auto pinned = pinned_key(options[i]);
    if (!pinned) return Error(pinned.error()).about(subject);
    if (!*pinned) beginning.to_generate.push_back(options[i]);
    beginning.keys.push_back(std::move(pinned).value());
    if (has_kid_of_another(options, beginning, i)) {
      return refused(subject, "another key of this type has the same key id");
    }
  }
  return beginning;
}

void append(std::vector<SigningKey>& to, const std::vector<SigningKey>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::shared_ptr<const KeySnapshot> publish(std::vector<KeySlot> slots, std::uint64_t version) {
  auto snapshot = std::make_shared<KeySnapshot>();
  for (const KeySlot& slot : slots) snapshot->keys.push_back(slot.signing);
  for (const KeySlot& slot : slots) append(snapshot->keys, slot.announced);
  for (const KeySlot& slot : slots) append(snapshot->keys, slot.retiring);

  std::vector<std::string> jwks;
  jwks.reserve(snapshot->keys.size());
  for (const SigningKey& key : snapshot->keys) jwks.push_back(key.public_jwk());
  snapshot->slots = std::move(slots);
  snapshot->version = version;
  snapshot->jwks = JsonObject().raw("keys", array_of(jwks)).text();
  snapshot->etag = etag_of(snapshot->jwks);
  return snapshot;
}

void withdraw_retiring(KeySlot& slot) {
  slot.withdrawn.insert(slot.withdrawn.end(), slot.retiring.rbegin(), slot.retiring.rend());
  slot.retiring.clear();
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
      withdraw_retiring(slot);
      slot.withdrawn.push_back(std::exchange(slot.signing, next()));
      break;
    case Rotation::retire:
      withdraw_retiring(slot);
      break;
    case Rotation::republish:
      if (slot.withdrawn.empty()) break;
      slot.retiring.insert(slot.retiring.begin(), slot.withdrawn.back());
      slot.withdrawn.pop_back();
      break;
    case Rotation::same_kid:
      // The old one can't come back: the two would be published under one kid.
      withdraw_retiring(slot);
      slot.signing = take();
      break;
  }
}

/// No key of this slot is published in addition once there are so many.
bool is_full(const KeySlot& slot, Rotation rotation) {
  const bool publishes_more = rotation == Rotation::announce ||
                              (rotation == Rotation::switch_to && slot.announced.empty()) ||
                              (rotation == Rotation::republish && !slot.withdrawn.empty());
  return publishes_more && 1 + slot.announced.size() + slot.retiring.size() >= Keyring::kMaxKeys;
}

void forget_oldest_withdrawn(KeySlot& slot) {
  if (slot.withdrawn.size() <= Keyring::kMaxKeys) return;
  slot.withdrawn.erase(slot.withdrawn.begin(),
                       slot.withdrawn.end() - static_cast<std::ptrdiff_t>(Keyring::kMaxKeys));
}

/// The key that a rotation of this slot takes, if it takes one.
std::optional<KeyOptions> new_key_for(const KeySlot& slot, Rotation rotation) {
  KeyOptions wanted = slot.signing.alike();
  switch (rotation) {
    case Rotation::announce:
      return wanted;
    case Rotation::switch_to:
    case Rotation::hard:
      return slot.announced.empty() ? std::optional(wanted) : std::nullopt;
    case Rotation::same_kid:
      wanted.key_id = slot.signing.key_id();
      return wanted;
    case Rotation::retire:
    case Rotation::republish:
      break;
  }
  return std::nullopt;
}

/// The slots after the rotation. *Failure:* `bad_config`.
Result<std::vector<KeySlot>> rotated(std::vector<KeySlot> slots, Rotation rotation,
                                     const std::stop_token& stop) {
  if (rotation == Rotation::republish &&
      std::all_of(slots.begin(), slots.end(),
                  [](const KeySlot& slot) { return slot.withdrawn.empty(); })) {
    return refused("mode", "no key was withdrawn that could be published again");
  }
  if (std::any_of(slots.begin(), slots.end(),
                  [=](const KeySlot& slot) { return is_full(slot, rotation); })) {
    return refused("mode", "100 keys are published for one algorithm; retire some first");
  }
  std::vector<KeyOptions> wanted;
  for (const KeySlot& slot : slots) {
    if (const auto key = new_key_for(slot, rotation)) wanted.push_back(*key);
  }
  const auto made = generate(wanted, stop);
  if (std::find(made.begin(), made.end(), std::nullopt) != made.end()) {
    return refused("keys", "cannot generate a key");
  }
  auto unused = made.begin();
  for (KeySlot& slot : slots) {
    rotate_slot(slot, rotation, [&unused] { return **unused++; });
    forget_oldest_withdrawn(slot);
  }
  return slots;
}

}  // namespace

const SigningKey* KeySnapshot::signer(std::optional<Algorithm> algorithm) const noexcept {
  for (const KeySlot& slot : slots) {
    if (!algorithm || slot.signing.algorithm() == *algorithm) return &slot.signing;
  }
  return nullptr;
}

const SigningKey* KeySnapshot::find(std::string_view key_id) const noexcept {
  for (const SigningKey& key : keys) {
    if (key.key_id() == key_id) return &key;
  }
  return nullptr;
}

std::string etag_of(std::string_view document) {
  constexpr std::size_t kCharacters = 22;  // 132 bits
  // Of the content, not of the version: two emulators with the same pinned keys agree on it.
  const auto digest = crypto::sha256(document);
  if (!digest) throw std::bad_alloc();
  return '"' + base64url::encode(*digest).substr(0, kCharacters) + '"';
}

Result<std::unique_ptr<Keyring>> Keyring::create(std::span<const KeyOptions> keys, Search search) {
  auto beginning = begin_with(keys);
  if (!beginning) return beginning.error();
  std::unique_ptr<Keyring> made(new Keyring);
  const bool in_background = search == Search::now && !beginning->to_generate.empty();
  auto when = std::launch::deferred;
  if (in_background) when |= std::launch::async;  // if there is a thread to be had
  // Copied: a start of a thread that fails would have moved it away already.
  const auto search_all = [from = std::move(beginning).value(), stop = made->stop_.get_token()] {
    return publish(from.slots(stop), 1);
  };
  made->first_ = std::async(when, search_all).share();
  return made;
}

Keyring::~Keyring() { stop_searching(); }

void Keyring::stop_searching() noexcept { stop_.request_stop(); }

Keyring::Snapshot Keyring::snapshot() const {
  {
    const std::lock_guard lock(mutex_);
    if (current_) return current_;
  }
  Snapshot first = first_.get();  // not under the lock: it may take seconds
  const std::lock_guard lock(mutex_);
  if (!current_) current_ = std::move(first);
  return current_;
}

bool Keyring::replace(const Snapshot& before, Snapshot next) {
  const std::lock_guard lock(mutex_);
  if (current_ != before) return false;
  current_ = std::move(next);
  return true;
}

Result<void> Keyring::rotate(Rotation rotation) {
  for (;;) {
    const Snapshot before = snapshot();
    auto slots = rotated(before->slots, rotation, stop_.get_token());
    if (!slots) return slots.error();
    if (replace(before, publish(std::move(slots).value(), before->version + 1))) return {};
  }
}

Result<void> Keyring::reset() {
  {
    const std::lock_guard lock(mutex_);
    if (!current_) return {};  // nobody has seen a key yet, and nobody has to look for one now
  }
  for (;;) {
    const Snapshot before = snapshot();
    if (replace(before, publish(first_.get()->slots, before->version + 1))) return {};
  }
}

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
