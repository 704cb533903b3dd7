// JWK text → Jwk: public keys by one door, static secrets by another.

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "jose/jwk_members.hpp"
#include "jose/jwk_state.hpp"
#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace {

using crypto::KeyKind;
using crypto::KeyType;
using crypto::PublicKey;
using crypto::Scrutiny;
using crypto::Secret;
using jose::optional_string;
using jose::rejected;
using jose::required_bytes;
using jose::required_string;

/// Below it no secret suits any algorithm.
constexpr std::size_t kMinSecretBytes = crypto::mac_size(Algorithm::hs256);

/// RFC 7517 §4.3 defines eight operations. Each is compared with each, which is for short lists.
constexpr std::size_t kMaxOperations = 16;

/// Some issuers write every member that their data type has: null, "" or [] holds nothing.
bool holds_nothing(JsonValue value) noexcept {
  return value.kind() == JsonKind::null || (value.is_array() && value.size() == 0) ||
         value.as_string() == std::string_view();
}

/// RFC 7517 §4.2, §4.3: the key may verify signatures, as far as it says anything about its use.
Result<void> check_use(JsonValue jwk) {
  const auto use = optional_string(jwk, "use");
  if (!use) return use.error();
  if (use->has_value() && **use != "sig") return rejected(ErrorReason::use_not_sig, "use");

  const auto key_ops = jwk.find("key_ops");
  if (!key_ops) return {};
  if (!key_ops->is_array() || key_ops->size() > kMaxOperations) {
    return rejected(ErrorReason::key_ops, "key_ops");
  }
  std::vector<std::string_view> operations;
  for (const JsonValue item : *key_ops) {
    const auto operation = item.as_string();
    // "Duplicate key operation values MUST NOT be present in the array."
    if (!operation || std::ranges::find(operations, *operation) != operations.end()) {
      return rejected(ErrorReason::key_ops, "key_ops");
    }
    // RFC 7517 §4.3: "use" and "key_ops" have to say the same.
    if (use->has_value() && *operation != "verify" && *operation != "sign") {
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
    const auto member = jwk.find(name);
    if (member && !holds_nothing(*member)) return rejected(ErrorReason::private_material, name);
  }
  return {};
}

/// What every JWK may say, whatever its type.
struct Common {
  std::string_view type;
  std::optional<std::string_view> algorithm;
  std::optional<std::string> key_id;
};

Result<Common> read_common(JsonValue entry) {
  if (!entry.is_object()) return Error(ErrorCode::key_rejected, ErrorReason::not_an_object);
  const auto key_id = optional_string(entry, "kid");
  if (!key_id) return key_id.error();
  if (key_id->has_value() && (*key_id)->size() > kMaxKeyIdBytes) {
    return rejected(ErrorReason::bad_length, "kid");
  }
  if (const auto use = check_use(entry); !use) return use.error();
  const auto algorithm = optional_string(entry, "alg");
  if (!algorithm) return algorithm.error();
  const auto type = required_string(entry, "kty");
  if (!type) return type.error();
  return Common{*type, *algorithm,
                key_id->has_value() ? std::optional<std::string>(**key_id) : std::nullopt};
}

Result<std::optional<Algorithm>> read_algorithm(const Common& common) {
  if (!common.algorithm) return std::optional<Algorithm>{};
  const auto algorithm = algorithm_from_name(*common.algorithm);
  if (!algorithm) return rejected(ErrorReason::unknown_alg, "alg");
  return algorithm;
}

Result<PublicKey> read_rsa(JsonValue jwk, Scrutiny scrutiny) {
  const auto n = required_bytes(jwk, "n");
  if (!n) return n.error();
  const auto e = required_bytes(jwk, "e");
  if (!e) return e.error();
  return PublicKey::rsa(*n, *e, scrutiny);
}

/// The kind of this type and name, if there is one.
std::optional<KeyKind> find_kind(KeyType type, std::string_view name) noexcept {
  for (const crypto::KindTraits& traits : crypto::kKeyKinds) {
    if (traits.type == type && traits.name == name) return traits.kind;
  }
  return std::nullopt;
}

Result<KeyKind> read_curve(JsonValue jwk, KeyType type) {
  const auto crv = required_string(jwk, "crv");
  if (!crv) return crv.error();
  const auto kind = find_kind(type, *crv);
  if (!kind) return rejected(ErrorReason::unsupported_crv, "crv");
  return *kind;
}

Result<PublicKey> read_ec(JsonValue jwk) {
  const auto kind = read_curve(jwk, KeyType::ec);
  if (!kind) return kind.error();
  const auto x = required_bytes(jwk, "x");
  if (!x) return x.error();
  const auto y = required_bytes(jwk, "y");
  if (!y) return y.error();
  return PublicKey::ec(*kind, *x, *y);
}

Result<PublicKey> read_okp(JsonValue jwk) {
  const auto kind = read_curve(jwk, KeyType::okp);
  if (!kind) return kind.error();
  const auto x = required_bytes(jwk, "x");
  if (!x) return x.error();
  return PublicKey::encoded(*kind, *x);
}

/// RFC 9964 §3: of this type "alg" is required and names the parameter set.
Result<PublicKey> read_akp(JsonValue jwk, const Common& common) {
  const auto algorithm = read_algorithm(common);
  if (!algorithm) return algorithm.error();
  if (!algorithm->has_value()) return rejected(ErrorReason::missing_member, "alg");
  const auto kind = find_kind(KeyType::akp, *common.algorithm);
  if (!kind) return rejected(ErrorReason::alg_mismatch, "alg");
  const auto pub = required_bytes(jwk, "pub");
  if (!pub) return pub.error();
  return PublicKey::encoded(*kind, *pub);
}

Result<PublicKey> read_key(JsonValue jwk, const Common& common, Scrutiny scrutiny) {
  if (common.type == "oct") return rejected(ErrorReason::symmetric, "kty");
  if (const auto open = check_only_public(jwk); !open) return open.error();
  if (common.type == "RSA") return read_rsa(jwk, scrutiny);
  if (common.type == "EC") return read_ec(jwk);
  if (common.type == "OKP") return read_okp(jwk);
  if (common.type == "AKP") return read_akp(jwk, common);
  return rejected(ErrorReason::unknown_kty, "kty");
}

/// The bytes go straight from the document into memory that is wiped.
Result<Secret> read_k(JsonValue jwk) {
  const auto k = required_string(jwk, "k");
  if (!k) return k.error();
  Secret secret(base64url::decoded_size(k->size()));
  if (!base64url::decode_into(*k, secret.bytes().data())) {
    return rejected(ErrorReason::bad_base64, "k");
  }
  return secret;
}

/// CVE-2022-29217, CVE-2026-48526: whoever gives a public key where a secret is wanted lets
/// everybody make tokens. No secret that is worth its name contains one of these.
bool holds_key_text(std::string_view secret) noexcept {
  constexpr std::array<std::string_view, 6> kMarks = {"-----BEGIN", "---- BEGIN",   "\"kty\"",
                                                      "ssh-rsa ",   "ssh-ed25519 ", "ecdsa-sha2-"};
  return std::ranges::any_of(kMarks, [secret](std::string_view mark) {
    return secret.find(mark) != std::string_view::npos;
  });
}

/// Who named the key: a document's author, or the application that was given the bare key.
enum class Origin : std::uint8_t { document, application };

/// RFC 7518 §3.2: "A key of the same size as the hash output … or larger MUST be used".
Result<Jwk> make_secret(Secret secret, std::optional<Algorithm> algorithm,
                        std::optional<std::string> key_id, Origin origin) {
  const std::size_t least = algorithm ? crypto::mac_size(*algorithm) : kMinSecretBytes;
  if (least == 0) return rejected(ErrorReason::alg_mismatch, "alg");
  if (secret.size() < least) return rejected(ErrorReason::weak_secret, "k");
  if (holds_key_text({secret.bytes().data(), secret.size()})) {
    return rejected(ErrorReason::weak_secret, "k").because("the text of a key is no secret");
  }
  const bool any = origin == Origin::application && !key_id;
  return Jwk(std::make_shared<const Jwk::State>(Jwk::State{.key = std::move(secret),
                                                           .algorithm = algorithm,
                                                           .key_id = std::move(key_id),
                                                           .answers_to_any_key_id = any}));
}

Result<Jwk> make_public(PublicKey key, std::optional<Algorithm> algorithm,
                        std::optional<std::string> key_id, Origin origin,
                        std::optional<std::string> certificate_thumbprint = {}) {
  if (algorithm && !crypto::suits(*algorithm, key.kind())) {
    return rejected(ErrorReason::alg_mismatch, "alg");
  }
  auto thumbprint = jose::thumbprint_of(key.material());
  if (!thumbprint) return thumbprint.error();
  const bool any = origin == Origin::application && !key_id;
  return Jwk(std::make_shared<const Jwk::State>(
      Jwk::State{.key = std::move(key),
                 .algorithm = algorithm,
                 .key_id = std::move(key_id),
                 .thumbprint = std::move(*thumbprint),
                 .certificate_thumbprint = std::move(certificate_thumbprint),
                 .answers_to_any_key_id = any}));
}

/// An application's kid; empty is none.
Result<std::optional<std::string>> checked_key_id(std::string_view key_id) {
  if (key_id.size() > kMaxKeyIdBytes) return rejected(ErrorReason::bad_length, "kid");
  return key_id.empty() ? std::nullopt : std::optional<std::string>(key_id);
}

Result<json::Document> parse_jwk(std::string_view json) {
  return json::parse_object(json, {.depth = 16});
}

}  // namespace

Result<Jwk> jose::read_jwk(JsonValue entry, Scrutiny scrutiny) {
  auto common = read_common(entry);
  if (!common) return common.error();
  // The key is read first: "unknown kty" says more about a key of the future than "unknown alg".
  auto key = read_key(entry, *common, scrutiny);
  if (!key) return key.error();
  const auto algorithm = read_algorithm(*common);
  if (!algorithm) return algorithm.error();
  auto certificate_thumbprint = read_certificate_thumbprint(entry, *key);
  if (!certificate_thumbprint) return certificate_thumbprint.error();
  return make_public(std::move(*key), *algorithm, std::move(common->key_id), Origin::document,
                     std::move(*certificate_thumbprint));
}

Result<Jwk> jose::read_secret(JsonValue entry) {
  auto common = read_common(entry);
  if (!common) return common.error();
  if (common->type != "oct") return rejected(ErrorReason::unknown_kty, "kty");
  const auto algorithm = read_algorithm(*common);
  if (!algorithm) return algorithm.error();
  auto secret = read_k(entry);
  if (!secret) return secret.error();
  return make_secret(std::move(*secret), *algorithm, std::move(common->key_id), Origin::document);
}

Result<Jwk> Jwk::parse(std::string_view json) {
  const auto document = parse_jwk(json);
  if (!document) return document.error();
  return jose::read_jwk(document->root());
}

Result<Jwk> Jwk::parse_secret(std::string_view json) {
  const auto document = parse_jwk(json);
  if (!document) return document.error();
  return jose::read_secret(document->root());
}

Result<Jwk> Jwk::from_pem(std::string_view pem, Algorithm algorithm, std::string_view key_id) {
  auto checked = checked_key_id(key_id);
  if (!checked) return checked.error();
  auto key = PublicKey::from_pem(pem);
  if (!key) return key.error();
  return make_public(std::move(*key), algorithm, std::move(*checked), Origin::application);
}

Result<Jwk> Jwk::from_secret(std::string_view secret, Algorithm algorithm,
                             std::string_view key_id) {
  auto checked = checked_key_id(key_id);
  if (!checked) return checked.error();
  return make_secret(Secret(secret), algorithm, std::move(*checked), Origin::application);
}

}  // namespace v0
}  // namespace jwks
