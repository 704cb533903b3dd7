#include "jwks/jwk_set.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
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

}  // namespace

struct JwkSet::State {
  std::vector<Jwk> keys;
  std::vector<SkippedKey> skipped;
  std::vector<std::optional<std::string>> skipped_key_ids;  // as published; parallel to `skipped`
};

JwkSet::JwkSet() : state_(std::make_shared<const State>()) {}
JwkSet::JwkSet(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

Result<JwkSet> JwkSet::parse(std::string_view json) {
  if (json.size() > kMaxBytes) return Error(ErrorCode::too_large).because("JWK Set above 256 KiB");
  const auto document = json::parse_object(json, {.depth = 16});
  if (!document) return document.error();
  const auto keys = document->root().find("keys");
  if (!keys || !keys->is_array()) {
    return Error(ErrorCode::bad_json).about("keys").because("a JWK Set has an array \"keys\"");
  }
  if (keys->size() > kMaxKeys) return Error(ErrorCode::too_large).because("more than 128 keys");

  State state;
  // RFC 7517 §5: keys that are not understood are ignored; they never fail the set.
  for (const JsonValue entry : *keys) {
    auto key = jose::read_jwk(entry);
    if (key) {
      state.keys.push_back(std::move(*key));
      continue;
    }
    const auto kid = key_id_of(entry);
    state.skipped.push_back(
        {kid ? text::escape(*kid, kShownKeyIdBytes) : std::string{}, key.error().reason()});
    state.skipped_key_ids.push_back(kid ? std::optional<std::string>(*kid) : std::nullopt);
  }
  return JwkSet(std::make_shared<const State>(std::move(state)));
}

Result<JwkSet> JwkSet::from_pem(std::string_view pem, Algorithm algorithm,
                                std::string_view key_id) {
  auto key = Jwk::from_pem(pem, algorithm, key_id);
  if (!key) return key.error();
  return of({std::move(*key)});
}

Result<JwkSet> JwkSet::from_secret(std::string_view, Algorithm, std::string_view) {
  return Error(ErrorCode::bad_config);
}
Result<JwkSet> JwkSet::parse_secrets(std::string_view) { return Error(ErrorCode::bad_config); }

Result<JwkSet> JwkSet::of(std::vector<Jwk> keys) {
  State state;
  state.keys = std::move(keys);
  return JwkSet(std::make_shared<const State>(std::move(state)));
}

std::span<const Jwk> JwkSet::keys() const noexcept { return state_->keys; }
std::span<const SkippedKey> JwkSet::skipped() const noexcept { return state_->skipped; }

std::optional<ErrorReason> JwkSet::rejection_of(std::string_view key_id) const noexcept {
  for (std::size_t i = 0; i < state_->skipped.size(); ++i) {
    if (state_->skipped_key_ids[i] == key_id) return state_->skipped[i].reason;
  }
  return std::nullopt;
}

}  // namespace v0
}  // namespace jwks
