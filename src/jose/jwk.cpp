// What a Jwk tells, does and writes. It is made in jwk_read.cpp.

#include <exception>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "jose/jwk_state.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using crypto::KeyMaterial;
using crypto::KeyType;
using crypto::PublicKey;
using crypto::Secret;

constexpr std::string_view kOct = "oct";

void put(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out.push_back(',');
  out.append("\"").append(name).append("\":\"").append(value).append("\"");
}

bool secret_fits(const Secret& secret, Algorithm algorithm) noexcept {
  const std::size_t least = crypto::mac_size(algorithm);
  return least != 0 && secret.size() >= least;
}

}  // namespace

std::string jose::required_members(const KeyMaterial& key) {
  const crypto::KindTraits& traits = crypto::traits_of(key.kind);
  const std::string_view kty = name_of(traits.type);
  const std::string first = base64url::encode(key.first);
  std::string out;
  switch (traits.type) {
    case KeyType::rsa:
      put(out, "e", base64url::encode(key.second));
      put(out, "kty", kty);
      put(out, "n", first);
      break;
    case KeyType::ec:
    case KeyType::okp:
      put(out, "crv", traits.name);
      put(out, "kty", kty);
      put(out, "x", first);
      if (traits.type == KeyType::ec) put(out, "y", base64url::encode(key.second));
      break;
    case KeyType::akp:
      put(out, "alg", traits.name);
      put(out, "kty", kty);
      put(out, "pub", first);
      break;
  }
  return out;
}

Result<std::string> jose::thumbprint_of(const KeyMaterial& key) {
  const auto hash = crypto::sha256("{" + required_members(key) + "}");
  if (!hash) return Error(ErrorCode::out_of_memory);
  return base64url::encode(*hash);
}

bool jose::signature_holds(const Jwk& key, Algorithm algorithm, std::string_view input,
                           std::string_view signature) noexcept {
  const Jwk::State& state = key.state();
  if (const auto* secret = std::get_if<Secret>(&state.key)) {
    return state.mac_checks.verify(algorithm, *secret, input, signature);
  }
  return state.signature_checks.verify(algorithm, key.public_key(), input, signature);
}

bool Jwk::is_secret() const noexcept { return std::holds_alternative<Secret>(state_->key); }
bool Jwk::has_key_id() const noexcept { return state_->key_id.has_value(); }
std::string_view Jwk::key_id() const noexcept {
  return state_->key_id ? std::string_view(*state_->key_id) : std::string_view{};
}
std::string_view Jwk::key_type() const noexcept {
  return is_secret() ? kOct : name_of(public_key().type());
}
std::optional<Algorithm> Jwk::algorithm() const noexcept { return state_->algorithm; }
std::string_view Jwk::thumbprint() const noexcept { return state_->thumbprint; }
const PublicKey& Jwk::public_key() const noexcept {
  if (const auto* key = std::get_if<PublicKey>(&state_->key)) return *key;
  std::terminate();
}

int Jwk::bits() const noexcept {
  if (const auto* secret = std::get_if<Secret>(&state_->key)) {
    return static_cast<int>(8 * secret->size());
  }
  return public_key().bits();
}

bool Jwk::fits(Algorithm algorithm) const noexcept {
  const auto& pinned = state_->algorithm;
  if (const auto* secret = std::get_if<Secret>(&state_->key)) {
    return secret_fits(*secret, algorithm) && (!pinned || *pinned == algorithm);
  }
  if (!crypto::suits(algorithm, public_key().kind())) return false;
  // RFC 9864 §2.2: on one key "EdDSA" and the name of its curve mean the same algorithm.
  return !pinned || *pinned == algorithm || public_key().type() == KeyType::okp;
}

std::string Jwk::thumbprint_uri() const {
  if (is_secret()) return {};
  return "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + state_->thumbprint;
}

std::string Jwk::to_json() const {
  std::string members;
  if (is_secret()) {
    put(members, "kty", kOct);
  } else {
    members = jose::required_members(public_key().material());
  }
  // That of an AKP key is among the required members.
  const bool has_algorithm = !is_secret() && public_key().type() == KeyType::akp;
  if (state_->algorithm && !has_algorithm) put(members, "alg", to_string(*state_->algorithm));
  if (state_->key_id) {
    members += ",\"kid\":";
    text::append_json_string(members, *state_->key_id);
  }
  put(members, "use", "sig");
  return "{" + members + "}";
}

Result<std::string> Jwk::to_pem() const {
  if (is_secret()) {
    return Error(ErrorCode::key_rejected, ErrorReason::symmetric).because("a secret has no PEM");
  }
  return public_key().to_pem();
}

}  // namespace v0
}  // namespace jwks
