#include "emulator/signing_key.hpp"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <utility>
#include <vector>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

enum class Family : std::uint8_t { rsa_pkcs1, rsa_pss, ecdsa, eddsa };

/// What each algorithm needs, in one place.
struct Traits {
  Family family;
  const char* digest;   ///< null: EdDSA has none
  const char* group;    ///< OpenSSL's name of the curve; null for RSA
  const char* jwk_crv;  ///< RFC 7518 §6.2.1.1, RFC 8037 §2
  std::size_t width;    ///< bytes of a coordinate
};

Traits traits(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::rs256:
      return {Family::rsa_pkcs1, "SHA256", nullptr, nullptr, 0};
    case Algorithm::rs384:
      return {Family::rsa_pkcs1, "SHA384", nullptr, nullptr, 0};
    case Algorithm::rs512:
      return {Family::rsa_pkcs1, "SHA512", nullptr, nullptr, 0};
    case Algorithm::ps256:
      return {Family::rsa_pss, "SHA256", nullptr, nullptr, 0};
    case Algorithm::ps384:
      return {Family::rsa_pss, "SHA384", nullptr, nullptr, 0};
    case Algorithm::ps512:
      return {Family::rsa_pss, "SHA512", nullptr, nullptr, 0};
    case Algorithm::es256:
      return {Family::ecdsa, "SHA256", "prime256v1", "P-256", 32};
    case Algorithm::es384:
      return {Family::ecdsa, "SHA384", "secp384r1", "P-384", 48};
    case Algorithm::es512:
      return {Family::ecdsa, "SHA512", "secp521r1", "P-521", 66};
    case Algorithm::eddsa:
    case Algorithm::ed25519:
    default:
      break;
  }
  return {Family::eddsa, nullptr, nullptr, "Ed25519", 32};
}

const char* openssl_type(Family family) noexcept {
  switch (family) {
    case Family::rsa_pkcs1:
    case Family::rsa_pss:
      return "RSA";
    case Family::ecdsa:
      return "EC";
    case Family::eddsa:
      break;
  }
  return "ED25519";
}

Error refused(std::string_view why) {
  return Error(ErrorCode::bad_config).about("signing key").because(why);
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

bool on_curve(const EVP_PKEY* key, const char* group) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  return crypto::ok(EVP_PKEY_get_group_name(key, name.data(), name.size(), &size)) &&
         std::string_view(name.data(), size) == group;
}

bool fits(const EVP_PKEY* key, const Traits& wanted) {
  if (EVP_PKEY_is_a(key, openssl_type(wanted.family)) != 1) return false;
  return wanted.group == nullptr || on_curve(key, wanted.group);
}

/// A big-endian number as base64url: of exactly `width` bytes, or as short as it can be for 0.
std::string encoded_number(const EVP_PKEY* key, const char* param, std::size_t width) {
  BIGNUM* raw = nullptr;
  if (!crypto::ok(EVP_PKEY_get_bn_param(key, param, &raw))) return {};
  const crypto::BignumPtr number(raw);
  std::string bytes(width != 0 ? width : static_cast<std::size_t>(BN_num_bytes(number.get())),
                    '\0');
  if (BN_bn2binpad(number.get(), bytes_of(bytes), static_cast<int>(bytes.size())) < 0) return {};
  return base64url::encode(bytes);
}

/// The members that RFC 7638 §3.2 hashes, in its order.
std::string required_members(const EVP_PKEY* key, const Traits& of) {
  switch (of.family) {
    case Family::rsa_pkcs1:
    case Family::rsa_pss:
      return R"("e":")" + encoded_number(key, OSSL_PKEY_PARAM_RSA_E, 0) + R"(","kty":"RSA","n":")" +
             encoded_number(key, OSSL_PKEY_PARAM_RSA_N, 0) + '"';
    case Family::ecdsa:
      return R"("crv":")" + std::string(of.jwk_crv) + R"(","kty":"EC","x":")" +
             encoded_number(key, OSSL_PKEY_PARAM_EC_PUB_X, of.width) + R"(","y":")" +
             encoded_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, of.width) + '"';
    case Family::eddsa:
      break;
  }
  std::string x(of.width, '\0');
  std::size_t size = x.size();
  if (!crypto::ok(EVP_PKEY_get_raw_public_key(key, bytes_of(x), &size))) size = 0;
  x.resize(size);
  return R"("crv":"Ed25519","kty":"OKP","x":")" + base64url::encode(x) + '"';
}

template <class Write>
std::string written_pem(Write&& write) {
  const crypto::BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || !crypto::ok(write(bio.get()))) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// Without it OpenSSL would ask for the password of an encrypted key on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return 0; }

crypto::EvpPkeyPtr read_private_key(std::string_view pem) {
  const crypto::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return nullptr;
  return crypto::EvpPkeyPtr(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr));
}

/// One-shot signature in OpenSSL's own form: ASN.1 for ECDSA.
Result<std::string> openssl_signature(EVP_PKEY* key, const Traits& how, std::string_view input) {
  const crypto::ErrorQueueGuard guard;
  const crypto::EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // owned by `context`
  if (!context || !crypto::ok(EVP_DigestSignInit_ex(context.get(), &options, how.digest, nullptr,
                                                    nullptr, key, nullptr))) {
    return refused("cannot begin to sign");
  }
  if (how.family == Family::rsa_pss &&
      (!crypto::ok(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING)) ||
       !crypto::ok(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST)))) {
    return refused("cannot use RSASSA-PSS");
  }
  std::size_t size = 0;
  if (!crypto::ok(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(input), input.size()))) {
    return refused("cannot sign");
  }
  std::string signature(size, '\0');
  if (!crypto::ok(EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(input),
                                 input.size()))) {
    return refused("cannot sign");
  }
  signature.resize(size);
  return signature;
}

/// RFC 7518 §3.4: r and s as fixed-width big-endian numbers, one after the other.
Result<std::string> raw_from_der(std::string_view der, std::size_t width) {
  using EcdsaSigPtr = std::unique_ptr<ECDSA_SIG, crypto::Freer<&ECDSA_SIG_free>>;
  const unsigned char* at = bytes_of(der);
  const EcdsaSigPtr parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string raw(2 * width, '\0');
  const int each = static_cast<int>(width);
  if (!parsed || BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), bytes_of(raw), each) != each ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), bytes_of(raw) + width, each) != each) {
    return refused("cannot convert the ECDSA signature");
  }
  return raw;
}

}  // namespace

struct SigningKey::State {
  crypto::EvpPkeyPtr key;
  Algorithm algorithm;
  std::string key_id{};
  std::string thumbprint{};
  std::string public_jwk{};
  std::string public_pem{};
};

Result<SigningKey> SigningKey::adopt(State state, std::string key_id) {
  EVP_PKEY* const key = state.key.get();
  const std::string members = required_members(key, traits(state.algorithm));
  const auto digest = crypto::sha256("{" + members + "}");
  if (!digest) return refused("cannot hash");
  state.thumbprint = base64url::encode(*digest);
  state.key_id = key_id.empty() ? state.thumbprint : std::move(key_id);
  state.public_jwk = R"({"kid":)";
  text::append_json_string(state.public_jwk, state.key_id);
  state.public_jwk += R"(,"use":"sig","alg":")";
  state.public_jwk += to_string(state.algorithm);
  state.public_jwk += "\"," + members + "}";
  state.public_pem = written_pem([key](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key); });
  return SigningKey(std::make_shared<const State>(std::move(state)));
}

Result<SigningKey> SigningKey::generate(Algorithm algorithm, std::string key_id,
                                        unsigned rsa_bits) {
  const crypto::ErrorQueueGuard guard;
  const Traits wanted = traits(algorithm);
  const crypto::EvpPkeyCtxPtr context(
      EVP_PKEY_CTX_new_from_name(nullptr, openssl_type(wanted.family), nullptr));
  if (!context || !crypto::ok(EVP_PKEY_keygen_init(context.get()))) {
    return refused("cannot generate a key");
  }
  const bool is_rsa = wanted.family == Family::rsa_pkcs1 || wanted.family == Family::rsa_pss;
  if (is_rsa &&
      !crypto::ok(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(rsa_bits)))) {
    return refused("cannot generate RSA keys of this size");
  }
  if (wanted.group != nullptr &&
      !crypto::ok(EVP_PKEY_CTX_set_group_name(context.get(), wanted.group))) {
    return refused("cannot generate keys on this curve");
  }
  EVP_PKEY* made = nullptr;
  if (!crypto::ok(EVP_PKEY_generate(context.get(), &made))) return refused("cannot generate a key");
  return adopt(State{crypto::EvpPkeyPtr(made), algorithm}, std::move(key_id));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem, Algorithm algorithm,
                                        std::string key_id) {
  const crypto::ErrorQueueGuard guard;
  crypto::EvpPkeyPtr key = read_private_key(pem);
  if (!key) return refused("not an unencrypted private key in PEM");
  if (!fits(key.get(), traits(algorithm))) {
    return refused("the key's type does not fit its algorithm").with_algorithm(algorithm);
  }
  return adopt(State{std::move(key), algorithm}, std::move(key_id));
}

Algorithm SigningKey::algorithm() const noexcept { return state_->algorithm; }
const std::string& SigningKey::key_id() const noexcept { return state_->key_id; }
const std::string& SigningKey::thumbprint() const noexcept { return state_->thumbprint; }
const std::string& SigningKey::public_jwk() const noexcept { return state_->public_jwk; }
const std::string& SigningKey::public_pem() const noexcept { return state_->public_pem; }

Result<std::string> SigningKey::private_pem() const {
  const crypto::ErrorQueueGuard guard;
  std::string pem = written_pem([this](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, state_->key.get(), nullptr, nullptr, 0, nullptr,
                                         nullptr);
  });
  if (pem.empty()) return refused("cannot write the key");
  return pem;
}

Result<std::string> SigningKey::sign(Algorithm algorithm, std::string_view input) const {
  if (traits(algorithm).family != Family::ecdsa) {
    const Traits how = traits(algorithm);
    if (!fits(state_->key.get(), how)) {
      return refused("this key can't make such a signature").with_algorithm(algorithm);
    }
    return openssl_signature(state_->key.get(), how, input);
  }
  return sign_der(algorithm, input).and_then([this](std::string&& der) {
    return raw_from_der(der, traits(state_->algorithm).width);
  });
}

Result<std::string> SigningKey::sign_der(Algorithm algorithm, std::string_view input) const {
  // The curve is not compared: a signature by a key of another curve is something to test with.
  const Traits how = traits(algorithm);
  if (how.family != Family::ecdsa || traits(state_->algorithm).family != Family::ecdsa) {
    return refused("this key can't make such a signature").with_algorithm(algorithm);
  }
  return openssl_signature(state_->key.get(), how, input);
}

std::optional<Algorithm> algorithm_for_pem(std::string_view pem) {
  const crypto::ErrorQueueGuard guard;
  const crypto::EvpPkeyPtr key = read_private_key(pem);
  if (!key) return std::nullopt;
  for (const Algorithm each :
       {Algorithm::rs256, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa}) {
    if (fits(key.get(), traits(each))) return each;
  }
  return std::nullopt;
}

Result<std::string> hmac(unsigned digest_bits, std::string_view secret, std::string_view input) {
  const crypto::ErrorQueueGuard guard;
  const EVP_MD* const digest = digest_bits == 256   ? EVP_sha256()
                               : digest_bits == 384 ? EVP_sha384()
                               : digest_bits == 512 ? EVP_sha512()
                                                    : nullptr;
  if (digest == nullptr) return refused("HMAC digests have 256, 384 or 512 bits");
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  // An empty secret is a valid HMAC key, but OpenSSL takes a null pointer as "keep the last one".
  const char* const key = secret.empty() ? "" : secret.data();
  if (HMAC(digest, key, static_cast<int>(secret.size()), bytes_of(input), input.size(),
           bytes_of(mac), &size) == nullptr) {
    return refused("cannot compute an HMAC");
  }
  mac.resize(size);
  return mac;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
