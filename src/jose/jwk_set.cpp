#include "jwks/jwk_set.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "jose/header_memory.hpp"
#include "jose/jwk_state.hpp"

namespace jwks {
inline namespace v0 {
namespace {

constexpr std::size_t kShownKeyIdBytes = 64;

/// The kid of an entry that could not be read, if it has one that can be compared with a token's.
std::optional<std::string_view> key_id_of(JsonValue entry) noexcept {
  const auto kid = entry.find("kid");
  return kid ? kid->as_string() : std::nullopt;
}

struct Entries {
  std::vector<Jwk> keys;
  /// Of a published set, parallel to `keys`: SHA-256 of each key's entry, byte for byte. It takes
  /// less memory than the text, and no two texts that an issuer can find share it.
  std::vector<crypto::Sha256> entry_hashes;
  std::vector<SkippedKey> skipped;
  std::vector<std::optional<std::string>> skipped_key_ids;  // as published; parallel to `skipped`

  void skip(JsonValue entry, ErrorReason reason) {
    const auto kid = key_id_of(entry);
    skipped.push_back({kid ? text::escape(*kid, kShownKeyIdBytes) : std::string{}, reason});
    skipped_key_ids.push_back(kid ? std::optional<std::string>(*kid) : std::nullopt);
  }

  /// Tells whether this very key is there, under the same name and for the same algorithm.
  [[nodiscard]] bool has(const Jwk& key) const noexcept {
    return !key.is_secret() && std::ranges::any_of(keys, [&key](const Jwk& other) {
      return other.thumbprint() == key.thumbprint() && other.algorithm() == key.algorithm() &&
             other.has_key_id() == key.has_key_id() && other.key_id() == key.key_id();
    });
  }

  /// The key that was read from an entry with this hash; null if there is none. A document seldom
  /// changes its order: `position` is where it is looked for first.
  [[nodiscard]] const Jwk* find(const crypto::Sha256& entry_hash,
                                std::size_t position) const noexcept {
    if (position < entry_hashes.size() && entry_hashes[position] == entry_hash) {
      return &keys[position];
    }
    const auto found = std::ranges::find(entry_hashes, entry_hash);
    if (found == entry_hashes.end()) return nullptr;
    return &keys[static_cast<std::size_t>(found - entry_hashes.begin())];
  }

  /// Tells whether an entry with this kid was seen, usable or not.
  [[nodiscard]] bool knows(std::string_view key_id) const noexcept {
    const auto is_it = [key_id](const auto& other) { return other == key_id; };
    return std::ranges::any_of(skipped_key_ids, is_it) ||
           std::ranges::any_of(
               keys, [&](const Jwk& key) { return key.has_key_id() && is_it(key.key_id()); });
  }
};

Result<json::Document> parse_document(std::string_view json) {
  if (json.size() > JwkSet::kMaxBytes) {
    return Error(ErrorCode::too_large).because("JWK Set above 256 KiB");
  }
  return json::parse_object(json, {.depth = 16});
}

Result<JsonValue> find_keys(JsonValue document) {
  const auto keys = document.find("keys");
  if (!keys || !keys->is_array()) {
    return Error(ErrorCode::bad_json).about("keys").because("a JWK Set has an array \"keys\"");
  }
  if (keys->size() > JwkSet::kMaxKeys) {
    return Error(ErrorCode::too_large).because("more than 128 keys");
  }
  return *keys;
}

/// RFC 7517 §5: entries that are not understood are ignored; they never fail the set. When memory
/// is out, a set that lacks a good key would be wrong.
Result<void> add(Entries& entries, JsonValue entry, Result<Jwk> key) {
  if (key) {
    // The same key a second time would make every choice between the two ambiguous.
    if (entries.has(*key)) {
      entries.skip(entry, ErrorReason::duplicate_member);
    } else {
      entries.keys.push_back(std::move(*key));
    }
  } else if (key.error().code() == ErrorCode::key_rejected) {
    entries.skip(entry, key.error().reason());
  } else {
    return key.error();
  }
  return {};
}

/// Adds the key of a public entry. What an entry means depends on its text alone, so that an entry
/// which `held` has read has the same key: with its kid, its thumbprint and all that is kept for
/// verifications, and without the checks, of which that of an RSA modulus takes milliseconds.
Result<void> add_public(Entries& entries, JsonValue entry, const Entries& held) {
  const auto hash = crypto::sha256(entry.text());
  if (!hash) return Error(ErrorCode::out_of_memory);
  const Jwk* const known = held.find(*hash, entries.keys.size());
  auto added = add(entries, entry, known != nullptr ? Result<Jwk>(*known) : jose::read_jwk(entry));
  if (entries.entry_hashes.size() < entries.keys.size()) entries.entry_hashes.push_back(*hash);
  return added;
}

/// Unlike `add`, it refuses what points to a mistake of whoever keeps the secrets: a key that is no
/// secret, and a second secret of one kid (RFC 7517 §4.5), even if only one of them is usable.
Result<void> add_secret(Entries& entries, JsonValue entry) {
  const auto kid = key_id_of(entry);
  if (kid && entries.knows(*kid)) {
    return Error(ErrorCode::key_rejected, ErrorReason::duplicate_member).about("kid").for_key(*kid);
  }
  auto key = jose::read_secret(entry);
  if (!key && key.error().reason() == ErrorReason::unknown_kty) return key.error();
  return add(entries, entry, std::move(key));
}

}  // namespace

struct JwkSet::State : Entries {
  State() = default;
  explicit State(Entries&& entries) noexcept : Entries(std::move(entries)) {}
  /// The entries never change; this is what tokens have taught, and guards itself.
  mutable jose::HeaderMemory headers{};
};

JwkSet::JwkSet() : state_(std::make_shared<const State>()) {}
JwkSet::JwkSet(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

Result<JwkSet> JwkSet::parse(std::string_view json) { return parse(json, JwkSet()); }

Result<JwkSet> JwkSet::parse(std::string_view json, const JwkSet& held) {
  const auto document = parse_document(json);
  if (!document) return document.error();
  const auto keys = find_keys(document->root());
  if (!keys) return keys.error();

  Entries entries;
  for (const JsonValue entry : *keys) {
    const auto added = add_public(entries, entry, *held.state_);
    if (!added) return added.error();
  }
  return JwkSet(std::make_shared<const State>(std::move(entries)));
}

Result<JwkSet> JwkSet::parse_secrets(std::string_view json) {
  const auto document = parse_document(json);
  if (!document) return document.error();
  const JsonValue root = document->root();

  Entries entries;
  if (root.find("kty")) {  // a single JWK
    if (const auto added = add_secret(entries, root); !added) return added.error();
    return JwkSet(std::make_shared<const State>(std::move(entries)));
  }
  const auto keys = find_keys(root);
  if (!keys) return keys.error();
  for (const JsonValue entry : *keys) {
    if (const auto added = add_secret(entries, entry); !added) return added.error();
  }
  return JwkSet(std::make_shared<const State>(std::move(entries)));
}

Result<JwkSet> JwkSet::from_pem(std::string_view pem, Algorithm algorithm,
                                std::string_view key_id) {
  auto key = Jwk::from_pem(pem, algorithm, key_id);
  if (!key) return key.error();
  return of({std::move(*key)});
}

Result<JwkSet> JwkSet::from_secret(std::string_view secret, Algorithm algorithm,
                                   std::string_view key_id) {
  auto key = Jwk::from_secret(secret, algorithm, key_id);
  if (!key) return key.error();
  return of({std::move(*key)});
}

Result<JwkSet> JwkSet::of(std::vector<Jwk> keys) {
  if (keys.size() > kMaxKeys) {
    return Error(ErrorCode::bad_config).about("keys").because("more than 128");
  }
  // RFC 8725 §3.1: a set in which both are found invites to take one for the other.
  const auto secrets = std::ranges::count_if(keys, &Jwk::is_secret);
  if (secrets != 0 && static_cast<std::size_t>(secrets) != keys.size()) {
    return Error(ErrorCode::bad_config).about("keys").because("secrets beside public keys");
  }
  Entries entries;
  entries.keys = std::move(keys);
  return JwkSet(std::make_shared<const State>(std::move(entries)));
}

std::span<const Jwk> JwkSet::keys() const noexcept { return state_->keys; }
std::span<const SkippedKey> JwkSet::skipped() const noexcept { return state_->skipped; }

jose::HeaderMemory& JwkSet::header_memory() const noexcept { return state_->headers; }

std::optional<ErrorReason> JwkSet::rejection_of(std::string_view key_id) const noexcept {
  for (std::size_t i = 0; i < state_->skipped.size(); ++i) {
    if (state_->skipped_key_ids[i] == key_id) return state_->skipped[i].reason;
  }
  return std::nullopt;
}

}  // namespace v0
}  // namespace jwks
