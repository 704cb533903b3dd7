#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/signature.hpp"
#include "jose/jwk_state.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using crypto::Curve;
using crypto::KeyType;
using crypto::PublicKey;

Error rejected(ErrorReason reason, std::string_view member) noexcept {
  return Error(ErrorCode::key_rejected, reason).about(member);
}

/// A member that, if it is there, must be a string.
Result<std::optional<std::string_view>> optional_string(JsonValue jwk, std::string_view name) {
  const auto member = jwk.find(name);
  if (!member) return std::optional<std::string_view>{};
  const auto value = member->as_string();
  if (!value) return rejected(ErrorReason::bad_member, name);
  return value;
}

/// The bytes of a base64url member that must be there.
Result<std::string> required_bytes(JsonValue jwk, std::string_view name) {
  const auto text = optional_string(jwk, name);
  if (!text) return text.error();
  if (!text->has_value()) return rejected(ErrorReason::missing_member, name);
  auto bytes = base64url::decode(**text);
  if (!bytes) return rejected(ErrorReason::bad_base64, name);
  return std::move(*bytes);
}

/// RFC 7517 §4.2, §4.3: the key may verify signatures, as far as it says anything about its use.
Result<void> check_use(JsonValue jwk) {
  const auto use = optional_string(jwk, "use");
  if (!use) return use.error();
  if (use->has_value() && **use != "sig") return rejected(ErrorReason::use_not_sig, "use");

  const auto key_ops = jwk.find("key_ops");
  if (!key_ops) return {};
  if (!key_ops->is_array()) return rejected(ErrorReason::key_ops, "key_ops");
  std::vector<std::string_view> operations;
  for (const JsonValue item : *key_ops) {
    const auto operation = item.as_string();
    // "Duplicate key operation values MUST NOT be present in the array."
    if (!operation || std::ranges::find(operations, *operation) != operations.end()) {
      return rejected(ErrorReason::key_ops, "key_ops");
    }
    operations.push_back(*operation);
  }
  if (std::ranges::find(operations, "verify") == operations.end()) {
    return rejected(ErrorReason::key_ops, "key_ops");
  }
  return {};
}

/// A published private member means that the key is burnt, not merely badly written.
Result<void> check_only_public(JsonValue jwk) {
  constexpr std::array<std::string_view, 8> kPrivate = {"d",  "p",  "q",   "dp",
                                                        "dq", "qi", "oth", "priv"};
  for (const std::string_view name : kPrivate) {
    if (jwk.find(name)) return rejected(ErrorReason::private_material, name);
  }
  return {};
}

Result<PublicKey> read_rsa(JsonValue jwk) {
  const auto n = required_bytes(jwk, "n");
  if (!n) return n.error();
  const auto e = required_bytes(jwk, "e");
  if (!e) return e.error();
  return PublicKey::rsa(*n, *e);
}

Result<Curve> read_curve(JsonValue jwk) {
  const auto crv = optional_string(jwk, "crv");
  if (!crv) return crv.error();
  if (!crv->has_value()) return rejected(ErrorReason::missing_member, "crv");
  constexpr std::array<std::pair<std::string_view, Curve>, 4> kCurves{
      {{"P-256", Curve::p256},
       {"P-384", Curve::p384},
       {"P-521", Curve::p521},
       {"Ed25519", Curve::ed25519}}};
  for (const auto& [name, curve] : kCurves) {
    if (name == **crv) return curve;
  }
  return rejected(ErrorReason::unsupported_crv, "crv");
}

Result<PublicKey> read_ec(JsonValue jwk) {
  const auto curve = read_curve(jwk);
  if (!curve) return curve.error();
  const auto x = required_bytes(jwk, "x");
  if (!x) return x.error();
  const auto y = required_bytes(jwk, "y");
  if (!y) return y.error();
  return PublicKey::ec(*curve, *x, *y);
}

Result<PublicKey> read_okp(JsonValue jwk) {
  const auto curve = read_curve(jwk);
  if (!curve) return curve.error();
  const auto x = required_bytes(jwk, "x");
  if (!x) return x.error();
  return PublicKey::okp(*curve, *x);
}

Result<PublicKey> read_key(JsonValue jwk) {
  const auto kty = optional_string(jwk, "kty");
  if (!kty) return kty.error();
  if (!kty->has_value()) return rejected(ErrorReason::missing_member, "kty");
  if (**kty == "oct") return rejected(ErrorReason::symmetric, "kty");
  if (const auto open = check_only_public(jwk); !open) return open.error();
  if (**kty == "RSA") return read_rsa(jwk);
  if (**kty == "EC") return read_ec(jwk);
  if (**kty == "OKP") return read_okp(jwk);
  return rejected(ErrorReason::unknown_kty, "kty");
}

std::string_view type_name(KeyType type) noexcept {
  switch (type) {
    case KeyType::rsa:
      return "RSA";
    case KeyType::ec:
      return "EC";
    case KeyType::okp:
      break;
  }
  return "OKP";
}

std::string_view curve_name(Curve curve) noexcept {
  switch (curve) {
    case Curve::p256:
      return "P-256";
    case Curve::p384:
      return "P-384";
    case Curve::p521:
      return "P-521";
    case Curve::ed25519:
      return "Ed25519";
    case Curve::none:
      break;
  }
  return "";
}

/// The required members in the order of RFC 7638 §3.2, without the braces.
std::string required_members(const PublicKey& key) {
  const std::string first = base64url::encode(key.first());
  const std::string second = base64url::encode(key.second());
  std::string out;
  const auto put = [&out](std::string_view name, std::string_view value) {
    if (!out.empty()) out.push_back(',');
    out.append("\"").append(name).append("\":\"").append(value).append("\"");
  };
  if (key.type() == KeyType::rsa) {
    put("e", second);
    put("kty", "RSA");
    put("n", first);
  } else {
    put("crv", curve_name(key.curve()));
    put("kty", type_name(key.type()));
    put("x", first);
    if (key.type() == KeyType::ec) put("y", second);
  }
  return out;
}

Result<std::string> thumbprint_of(const PublicKey& key) {
  const auto hash = crypto::sha256("{" + required_members(key) + "}");
  if (!hash) return Error(ErrorCode::out_of_memory);
  return base64url::encode(*hash);
}

Result<Jwk> make(PublicKey key, std::optional<Algorithm> algorithm,
                 std::optional<std::string> kid) {
  if (algorithm && !crypto::suits(*algorithm, key.type(), key.curve())) {
    return rejected(ErrorReason::alg_mismatch, "alg");
  }
  auto thumbprint = thumbprint_of(key);
  if (!thumbprint) return thumbprint.error();
  return Jwk(std::make_shared<const Jwk::State>(
      Jwk::State{std::move(key), algorithm, std::move(kid), std::move(*thumbprint)}));
}

}  // namespace

Result<Jwk> jose::read_jwk(JsonValue entry) {
  if (!entry.is_object()) return Error(ErrorCode::key_rejected, ErrorReason::not_an_object);

  const auto kid = optional_string(entry, "kid");
  if (!kid) return kid.error();
  if (kid->has_value() && (*kid)->size() > kMaxKeyIdBytes) {
    return rejected(ErrorReason::bad_length, "kid");
  }
  if (const auto use = check_use(entry); !use) return use.error();

  const auto alg = optional_string(entry, "alg");
  if (!alg) return alg.error();
  std::optional<Algorithm> algorithm;
  // The key is read first: "unknown kty" says more about a key of the future than "unknown alg".
  auto key = read_key(entry);
  if (!key) return key.error();
  if (alg->has_value()) {
    algorithm = algorithm_from_name(**alg);
    if (!algorithm) return rejected(ErrorReason::unknown_alg, "alg");
  }
  return make(std::move(*key), algorithm,
              kid->has_value() ? std::optional<std::string>(**kid) : std::nullopt);
}

Result<Jwk> Jwk::parse(std::string_view json) {
  const auto document = json::parse_object(json, {.depth = 16});
  if (!document) return document.error();
  return jose::read_jwk(document->root());
}

Result<Jwk> Jwk::from_pem(std::string_view pem, Algorithm algorithm, std::string_view key_id) {
  if (key_id.size() > kMaxKeyIdBytes) return rejected(ErrorReason::bad_length, "kid");
  auto key = PublicKey::from_pem(pem);
  if (!key) return key.error();
  return make(std::move(*key), algorithm,
              key_id.empty() ? std::nullopt : std::optional<std::string>(key_id));
}

std::string_view Jwk::key_id() const noexcept {
  return state_->key_id ? std::string_view(*state_->key_id) : std::string_view{};
}
bool Jwk::has_key_id() const noexcept { return state_->key_id.has_value(); }
std::string_view Jwk::key_type() const noexcept { return type_name(state_->key.type()); }
std::optional<Algorithm> Jwk::algorithm() const noexcept { return state_->algorithm; }
int Jwk::bits() const noexcept { return state_->key.bits(); }
std::string_view Jwk::thumbprint() const noexcept { return state_->thumbprint; }
const crypto::PublicKey& Jwk::public_key() const noexcept { return state_->key; }

bool jose::signature_holds(const Jwk& key, Algorithm algorithm, std::string_view input,
                           std::string_view signature) noexcept {
  return crypto::verify_signature(algorithm, key.public_key(), input, signature);
}

bool Jwk::is_secret() const noexcept { return false; }
std::string Jwk::thumbprint_uri() const { return {}; }
Result<std::string> Jwk::to_pem() const { return Error(ErrorCode::bad_config); }
Result<Jwk> Jwk::from_secret(std::string_view, Algorithm, std::string_view) {
  return Error(ErrorCode::bad_config);
}
Result<Jwk> Jwk::parse_secret(std::string_view) { return Error(ErrorCode::bad_config); }

bool Jwk::fits(Algorithm algorithm) const noexcept {
  if (!crypto::suits(algorithm, state_->key.type(), state_->key.curve())) return false;
  // RFC 9864 §2.2: on an Ed25519 key "EdDSA" and "Ed25519" name the same algorithm.
  return !state_->algorithm || *state_->algorithm == algorithm ||
         state_->key.type() == KeyType::okp;
}

std::string Jwk::to_json() const {
  std::string out = "{" + required_members(state_->key);
  if (state_->algorithm)
    out.append(",\"alg\":\"").append(to_string(*state_->algorithm)).append("\"");
  if (state_->key_id) {
    out += ",\"kid\":";
    text::append_json_string(out, *state_->key_id);
  }
  return out + ",\"use\":\"sig\"}";
}

}  // namespace v0
}  // namespace jwks
