#include "emulator/issuer/private_jwk.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/key_kind.hpp"
#include "crypto/key_material.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Error refused(std::string_view member, std::string_view why) {
  return Error(ErrorCode::bad_config).about(member).because(why);
}

std::string_view text_of(JsonValue jwk, std::string_view name) {
  const auto value = jwk.find(name);
  return value ? value->as_string().value_or("") : "";
}

Result<std::string> bytes_of(JsonValue jwk, std::string_view name) {
  std::optional<std::string> bytes = base64url::decode(text_of(jwk, name));
  if (!bytes || bytes->empty()) return refused(name, "must be there, in base64url");
  return *std::move(bytes);
}

/// The members of a key as OpenSSL takes them. They refer to what they are made of until then.
class Parts {
 public:
  [[nodiscard]] bool add_number(const char* name, const std::string& big_endian) {
    numbers_.emplace_back(
        BN_bin2bn(data(big_endian), static_cast<int>(big_endian.size()), nullptr));
    return builder_ && numbers_.back() &&
           crypto::ok(OSSL_PARAM_BLD_push_BN(builder_.get(), name, numbers_.back().get()));
  }
  [[nodiscard]] bool add_bytes(const char* name, const std::string& bytes) {
    return builder_ && crypto::ok(OSSL_PARAM_BLD_push_octet_string(builder_.get(), name,
                                                                   bytes.data(), bytes.size()));
  }
  [[nodiscard]] bool add_text(const char* name, const char* text) {
    return builder_ && crypto::ok(OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, text, 0));
  }
  [[nodiscard]] Result<crypto::EvpPkeyPtr> key(const char* openssl_type) const {
    const crypto::ParamsPtr params(OSSL_PARAM_BLD_to_param(builder_.get()));
    const crypto::EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, openssl_type, nullptr));
    EVP_PKEY* made = nullptr;
    if (!params || !context || !crypto::ok(EVP_PKEY_fromdata_init(context.get())) ||
        !crypto::ok(EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()))) {
      return refused("jwk", "is no key");
    }
    return crypto::EvpPkeyPtr(made);
  }

 private:
  static const unsigned char* data(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }
  std::vector<crypto::BignumPtr> numbers_;
  crypto::ParamBldPtr builder_{OSSL_PARAM_BLD_new()};
};

/// The members of an RSA key: first what every one has, then the private ones.
constexpr std::array<std::pair<std::string_view, const char*>, 8> kRsaMembers{{
    {"n", OSSL_PKEY_PARAM_RSA_N},
    {"e", OSSL_PKEY_PARAM_RSA_E},
    {"d", OSSL_PKEY_PARAM_RSA_D},
    {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
    {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
}};
constexpr std::size_t kPublicRsaMembers = 2;

Result<crypto::EvpPkeyPtr> read_rsa(JsonValue jwk) {
  constexpr std::size_t kWithoutPrimes = kPublicRsaMembers + 1;
  if (jwk.find("oth")) return refused("oth", "keys of more than two primes are not supported");
  Parts parts;
  const std::size_t count = jwk.find("p") ? kRsaMembers.size() : kWithoutPrimes;
  for (std::size_t i = 0; i < count; ++i) {
    const Result<std::string> number = bytes_of(jwk, kRsaMembers[i].first);
    if (!number) return number.error();
    if (!parts.add_number(kRsaMembers[i].second, *number)) return refused("jwk", "out of memory");
  }
  return parts.key("RSA");
}

Result<crypto::EvpPkeyPtr> read_ec(JsonValue jwk, const crypto::KindTraits& curve) {
  const Result<std::string> x = bytes_of(jwk, "x");
  const Result<std::string> y = bytes_of(jwk, "y");
  const Result<std::string> d = bytes_of(jwk, "d");
  for (const auto* each : {&x, &y, &d}) {
    if (!*each) return each->error();
  }
  if (x->size() != curve.size || y->size() != curve.size) {
    return refused("jwk", "the coordinates have another length than the curve's");
  }
  const std::string point = '\x04' + *x + *y;  // SEC 1 §2.3.3
  Parts parts;
  if (!parts.add_text(OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl_group) ||
      !parts.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, point) ||
      !parts.add_number(OSSL_PKEY_PARAM_PRIV_KEY, *d)) {
    return refused("jwk", "out of memory");
  }
  return parts.key(curve.openssl_type);
}

Result<crypto::EvpPkeyPtr> read_okp(JsonValue jwk, const crypto::KindTraits& curve) {
  const Result<std::string> x = bytes_of(jwk, "x");
  const Result<std::string> d = bytes_of(jwk, "d");
  for (const auto* each : {&x, &d}) {
    if (!*each) return each->error();
  }
  Parts parts;
  if (!parts.add_bytes(OSSL_PKEY_PARAM_PUB_KEY, *x) ||
      !parts.add_bytes(OSSL_PKEY_PARAM_PRIV_KEY, *d)) {
    return refused("jwk", "out of memory");
  }
  return parts.key(curve.openssl_type);
}

void put(std::string& out, std::string_view name, std::string_view bytes) {
  out += ",\"" + std::string(name) + "\":\"" + base64url::encode(bytes) + '"';
}

/// A private number in at least `size` bytes; empty if the key does not have it.
std::string number_of(const EVP_PKEY* key, const char* name, std::size_t size) {
  BIGNUM* value = nullptr;
  if (!crypto::ok(EVP_PKEY_get_bn_param(key, name, &value))) return {};
  const std::unique_ptr<BIGNUM, crypto::Freer<&BN_clear_free>> owner(value);
  std::string bytes(std::max(size, static_cast<std::size_t>(BN_num_bytes(value))), '\0');
  const int room = static_cast<int>(bytes.size());
  auto* const out = reinterpret_cast<unsigned char*>(bytes.data());
  return BN_bn2binpad(value, out, room) == room ? bytes : std::string();
}

/// RFC 7518 §6.3.2: each number in as few bytes as hold it.
std::string rsa_members(const EVP_PKEY* key) {
  std::string out;
  for (std::size_t i = kPublicRsaMembers; i < kRsaMembers.size(); ++i) {
    const std::string number = number_of(key, kRsaMembers[i].second, 1);
    if (!number.empty()) put(out, kRsaMembers[i].first, number);
  }
  return out;
}

/// RFC 7518 §6.2.2.1: in the width of the curve's order, which is that of its coordinates.
std::string ec_members(const EVP_PKEY* key, const crypto::KindTraits& curve) {
  std::string out;
  const std::string d = number_of(key, OSSL_PKEY_PARAM_PRIV_KEY, curve.size);
  if (!d.empty()) put(out, "d", d);
  return out;
}

std::string okp_members(const EVP_PKEY* key, const crypto::KindTraits& curve) {
  std::string out;
  std::string d(curve.size, '\0');
  std::size_t size = d.size();
  if (crypto::ok(
          EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(d.data()), &size))) {
    put(out, "d", d);
  }
  return out;
}

}  // namespace

Result<crypto::EvpPkeyPtr> read_private_jwk(JsonValue jwk) {
  const std::string_view type = text_of(jwk, "kty");
  if (type == "RSA") return read_rsa(jwk);
  const std::string_view name = text_of(jwk, "crv");
  for (const crypto::KindTraits& each : crypto::kKeyKinds) {
    if (name_of(each.type) != type || each.name != name) continue;
    if (each.type == crypto::KeyType::ec) return read_ec(jwk, each);
    if (each.type == crypto::KeyType::okp) return read_okp(jwk, each);
  }
  return refused("kty", "must be RSA, EC or OKP, with a curve to sign with");
}

Result<std::string> private_members(const EVP_PKEY* key) {
  const auto material = crypto::material_of(key);
  if (!material) return material.error();
  const crypto::KindTraits& traits = crypto::traits_of(material->kind);
  std::string members;
  switch (traits.type) {
    case crypto::KeyType::rsa:
      members = rsa_members(key);
      break;
    case crypto::KeyType::ec:
      members = ec_members(key, traits);
      break;
    case crypto::KeyType::okp:
      members = okp_members(key, traits);
      break;
    case crypto::KeyType::akp:
      return refused("kty", "private keys of ML-DSA are not written as JWKs");
  }
  if (members.empty()) return refused("key", "has no private half");
  return members;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
