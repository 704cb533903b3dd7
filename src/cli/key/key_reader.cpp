#include "cli/key/key_reader.hpp"

#include <utility>

#include "base/json.hpp"
#include "crypto/key_kind.hpp"

namespace jwks::cli {
namespace {

using emulator::SigningKey;

Error refused(std::string_view why) { return Error(ErrorCode::key_rejected).because(why); }

Result<LoadedKey> with_private_half(Result<SigningKey> pair) {
  if (!pair) return pair.error();
  auto key = Jwk::parse(pair->public_jwk());
  if (!key) return key.error();
  return LoadedKey{std::move(key).value(), std::move(pair).value()};
}

/// A public key under the names that it is to have. It goes through PEM, which has none.
Result<LoadedKey> named(const Jwk& key, Algorithm algorithm, const KeyNames& names) {
  std::string_view key_id = names.key_id;
  if (key_id.empty()) key_id = key.key_id();
  if (key_id.empty()) key_id = key.thumbprint();
  const auto pem = key.to_pem();
  if (!pem) return pem.error();
  const auto pinned = Jwk::from_pem(*pem, algorithm, key_id);
  if (!pinned) return pinned.error();
  auto checked = Jwk::parse(pinned->to_json());  // a kid that is no UTF-8 would make no JSON
  if (!checked) return checked.error();
  return LoadedKey{std::move(checked).value(), std::nullopt};
}

// --- PEM ---

Result<LoadedKey> read_private_pem(std::string_view pem, const KeyNames& names) {
  const auto algorithm = names.algorithm ? names.algorithm : emulator::algorithm_for_pem(pem);
  if (!algorithm) {
    return refused("not an unencrypted RSA, EC or Edwards private key in PEM (PKCS#8)");
  }
  return with_private_half(SigningKey::from_pem(pem, *algorithm, names.key_id));
}

/// Only the parser knows the type of the key, and it asks for an algorithm: the usual one of each
/// type is offered in turn.
Result<LoadedKey> read_public_pem(std::string_view pem, const KeyNames& names) {
  for (const crypto::KindTraits& kind : crypto::kKeyKinds) {
    const auto usual = emulator::algorithm_for_type(name_of(kind.type), kind.name);
    const Algorithm algorithm = names.algorithm.value_or(usual.value());
    const auto key = Jwk::from_pem(pem, algorithm);
    if (key) return named(*key, algorithm, names);
    if (names.algorithm || key.error().reason() != ErrorReason::alg_mismatch) return key.error();
  }
  return refused("a key type that is not supported");
}

// --- JWK ---

std::string_view text_of(JsonValue jwk, std::string_view name) {
  const auto value = jwk.find(name);
  return value ? value->as_string().value_or("") : "";
}

/// What the key says about itself comes before what its type suggests.
Result<Algorithm> algorithm_of(JsonValue jwk, const KeyNames& names) {
  if (names.algorithm) return *names.algorithm;
  if (jwk.find("alg")) {
    const auto own = algorithm_from_name(text_of(jwk, "alg"));
    if (!own) return Error(ErrorCode::key_rejected, ErrorReason::unknown_alg).about("alg");
    return *own;
  }
  const auto usual = emulator::algorithm_for_type(text_of(jwk, "kty"), text_of(jwk, "crv"));
  if (!usual) return Error(ErrorCode::key_rejected, ErrorReason::unknown_kty).about("kty");
  return *usual;
}

/// RFC 7517 §4.2: a key for encryption does not become one for signatures by being rewritten.
bool is_for_signatures(JsonValue jwk) {
  const auto use = jwk.find("use");
  return !use || use->as_string() == "sig";
}

Result<LoadedKey> read_private_jwk(JsonValue jwk, const KeyNames& names) {
  if (!is_for_signatures(jwk)) {
    return Error(ErrorCode::key_rejected, ErrorReason::use_not_sig).about("use");
  }
  const auto algorithm = algorithm_of(jwk, names);
  if (!algorithm) return algorithm.error();
  return with_private_half(SigningKey::from_jwk(jwk.text(), *algorithm, names.key_id));
}

Result<LoadedKey> read_public_jwk(JsonValue jwk, const KeyNames& names) {
  const auto key = Jwk::parse(jwk.text());
  if (!key) return key.error();
  const auto algorithm = algorithm_of(jwk, names);
  if (!algorithm) return algorithm.error();
  if (key->algorithm().value_or(*algorithm) != *algorithm) {
    return refused("the JWK names another algorithm").with_algorithm(*algorithm);
  }
  return named(*key, *algorithm, names);
}

Result<LoadedKey> read_jwk(JsonValue jwk, const KeyNames& names) {
  // RFC 7518 §6, RFC 9964: one of these is what every private key has, and no public one.
  const bool is_private = jwk.find("d") || jwk.find("priv");
  return is_private ? read_private_jwk(jwk, names) : read_public_jwk(jwk, names);
}

Result<LoadedKey> read_json(std::string_view text, const KeyNames& names) {
  const auto document = json::parse_object(text, {.depth = 16});
  if (!document) return document.error();
  const auto keys = document->root().find("keys");
  if (!keys) return read_jwk(document->root(), names);
  if (!keys->is_array() || keys->size() != 1 || !(*keys->begin()).is_object()) {
    return refused("a JWK Set must hold exactly one key here");
  }
  return read_jwk(*keys->begin(), names);
}

}  // namespace

Result<LoadedKey> read_key(std::string_view text, const KeyNames& names) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return read_json(text, names);
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) return read_private_pem(text, names);
  return read_public_pem(text, names);
}

}  // namespace jwks::cli
