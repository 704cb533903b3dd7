#include "emulator/issuer/key_set_faults.hpp"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "emulator/issuer/members.hpp"
#include "emulator/issuer/spare_key.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using Jwks = std::vector<JsonMembers>;

JsonMembers jwk_of(const SigningKey& key) {
  const auto document = json::parse_object(key.public_jwk());
  return document ? members_of(document->root()) : JsonMembers{};
}

/// The JSON text of a member; empty if there is none.
std::string_view member(const JsonMembers& jwk, std::string_view name) {
  const auto at =
      std::find_if(jwk.begin(), jwk.end(), [name](const auto& each) { return each.first == name; });
  return at == jwk.end() ? std::string_view() : at->second;
}

/// The characters of a member that is a string.
std::string_view text_of(const JsonMembers& jwk, std::string_view name) {
  const std::string_view json = member(jwk, name);
  return json.size() < 2 ? std::string_view() : json.substr(1, json.size() - 2);
}

JsonMembers decoy(const KeyOptions& like) {
  const auto key = spare_key(SpareKey::decoy, like);
  if (!key) throw std::bad_alloc();  // what else keeps OpenSSL from making a key
  return jwk_of(*key);
}

/// Spoils every key of this "kty", or one of another's that is added.
template <class Spoil>
void spoil_type(Jwks& keys, std::string_view type, const KeyOptions& other, Spoil&& spoil) {
  const auto has_type = [type](const JsonMembers& jwk) { return text_of(jwk, "kty") == type; };
  if (std::none_of(keys.begin(), keys.end(), has_type)) keys.push_back(decoy(other));
  for (JsonMembers& jwk : keys) {
    if (has_type(jwk)) spoil(jwk);
  }
}

void set_in_all(Jwks& keys, std::string_view name, std::string_view json) {
  for (JsonMembers& jwk : keys) set_member(jwk, name, json);
}

/// Takes the point off its curve: the only others with this x would have y or p − y.
void move_point(JsonMembers& jwk) {
  std::string y = base64url::decode(text_of(jwk, "y")).value_or("");
  if (y.empty()) return;
  y.back() = static_cast<char>(y.back() ^ 2);
  set_member(jwk, "y", json_quoted(base64url::encode(y)));
}

void weaken(JsonMembers& jwk) {
  const JsonMembers weak = decoy({.algorithm = Algorithm::rs256, .rsa_bits = 1024});
  for (const std::string_view name : {"n", "e"}) set_member(jwk, name, member(weak, name));
}

void break_base64(JsonMembers& jwk) {
  for (const std::string_view name : {"n", "x", "pub"}) {
    if (!member(jwk, name).empty()) {
      set_member(jwk, name, json_quoted("*" + std::string(text_of(jwk, name))));
    }
  }
}

/// Material that ought to be secret.
constexpr std::string_view kSecret = "\"c2VjcmV0IG9mIDMyIGJ5dGVzIGluIGEga2V5IHNldCE\"";

}  // namespace

bool is_key_set_fault(FaultKind kind) noexcept { return kind >= FaultKind::unknown_kty; }

std::string faulty_key_set(FaultKind kind, const KeySnapshot& snapshot) {
  Jwks keys;
  for (const SigningKey& key : snapshot.keys) keys.push_back(jwk_of(key));
  const KeyOptions rsa{.algorithm = Algorithm::rs256};
  switch (kind) {
    case FaultKind::unknown_kty:
      keys.insert(keys.begin(), JsonMembers{{"kty", "\"XYZ\""}, {"kid", "\"unknown-kty\""}});
      break;
    case FaultKind::duplicate_kid:
      if (keys.empty()) break;
      keys.push_back(decoy(snapshot.keys.front().alike()));
      set_member(keys.back(), "kid", member(keys.front(), "kid"));
      break;
    case FaultKind::missing_kid:
      set_in_all(keys, "kid", "");
      break;
    case FaultKind::use_enc:
      set_in_all(keys, "use", "\"enc\"");
      break;
    case FaultKind::private_member:
      set_in_all(keys, "d", kSecret);
      break;
    case FaultKind::oct_key: {
      JsonMembers oct{{"kty", "\"oct\""}, {"alg", "\"HS256\""}, {"k", std::string(kSecret)}};
      if (!keys.empty()) set_member(oct, "kid", member(keys.front(), "kid"));
      keys.insert(keys.begin(), std::move(oct));
      break;
    }
    case FaultKind::weak_rsa:
      spoil_type(keys, "RSA", rsa, &weaken);
      break;
    case FaultKind::exponent_one:
      spoil_type(keys, "RSA", rsa, [](JsonMembers& jwk) { set_member(jwk, "e", "\"AQ\""); });
      break;
    case FaultKind::off_curve:
      spoil_type(keys, "EC", {.algorithm = Algorithm::es256}, &move_point);
      break;
    case FaultKind::bad_base64:
      for (JsonMembers& jwk : keys) break_base64(jwk);
      break;
    case FaultKind::empty_set:
      keys.clear();
      break;
    default:
      break;
  }
  std::vector<std::string> texts;
  texts.reserve(keys.size());
  for (const JsonMembers& jwk : keys) texts.push_back(object_text(jwk));
  return JsonObject().raw("keys", array_of(texts)).text();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
