#include "emulator/issuer/signing_key.hpp"

#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <utility>

#include "base/text.hpp"
#include "crypto/key_material.hpp"
#include "crypto/openssl.hpp"
#include "jose/jwk_state.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using crypto::KeyKind;

enum class Scheme : std::uint8_t { none, pkcs1, pss, ecdsa, pure };

/// How each algorithm signs, in one place.
struct Method {
  Scheme scheme;
  const char* digest;  ///< null: the scheme has none of its own
};

Method method_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::rs256:
      return {Scheme::pkcs1, "SHA256"};
    case Algorithm::rs384:
      return {Scheme::pkcs1, "SHA384"};
    case Algorithm::rs512:
      return {Scheme::pkcs1, "SHA512"};
    case Algorithm::ps256:
      return {Scheme::pss, "SHA256"};
    case Algorithm::ps384:
      return {Scheme::pss, "SHA384"};
    case Algorithm::ps512:
      return {Scheme::pss, "SHA512"};
    case Algorithm::es256:
    case Algorithm::es256k:
      return {Scheme::ecdsa, "SHA256"};
    case Algorithm::es384:
      return {Scheme::ecdsa, "SHA384"};
    case Algorithm::es512:
      return {Scheme::ecdsa, "SHA512"};
    case Algorithm::eddsa:
    case Algorithm::ed25519:
    case Algorithm::ed448:
    case Algorithm::ml_dsa_44:
    case Algorithm::ml_dsa_65:
    case Algorithm::ml_dsa_87:
      return {Scheme::pure, nullptr};
    case Algorithm::hs256:
    case Algorithm::hs384:
    case Algorithm::hs512:
      break;
  }
  return {Scheme::none, nullptr};  // these have no key pair; see hmac()
}

/// The kind of a new key for the algorithm: the first that suits, which is Ed25519 for EdDSA.
std::optional<KeyKind> kind_for(Algorithm algorithm) noexcept {
  for (const crypto::KindTraits& traits : crypto::kKeyKinds) {
    if (traits.algorithms.contains(algorithm)) return traits.kind;
  }
  return std::nullopt;
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
Result<std::string> openssl_signature(EVP_PKEY* key, Method how, std::string_view input) {
  const crypto::ErrorQueueGuard guard;
  const crypto::EvpMdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // owned by `context`
  if (!context || !crypto::ok(EVP_DigestSignInit_ex(context.get(), &options, how.digest, nullptr,
                                                    nullptr, key, nullptr))) {
    return refused("cannot begin to sign");
  }
  if (how.scheme == Scheme::pss &&
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
  KeyKind kind{};
  std::string key_id{};
  std::string thumbprint{};
  std::string public_jwk{};
  std::string public_pem{};
};

Result<SigningKey> SigningKey::adopt(State state, std::string key_id) {
  EVP_PKEY* const key = state.key.get();
  const auto material = crypto::material_of(key);
  if (!material || !crypto::suits(state.algorithm, material->kind)) {
    return refused("the key's type does not fit its algorithm").with_algorithm(state.algorithm);
  }
  state.kind = material->kind;
  state.thumbprint = jose::thumbprint_of(*material).value();
  state.key_id = key_id.empty() ? state.thumbprint : std::move(key_id);
  state.public_jwk = R"({"kid":)";
  text::append_json_string(state.public_jwk, state.key_id);
  state.public_jwk += R"(,"use":"sig",)";
  // The "alg" of an AKP key is among the members that are hashed.
  if (crypto::traits_of(state.kind).type != crypto::KeyType::akp) {
    state.public_jwk += R"("alg":")" + std::string(to_string(state.algorithm)) + "\",";
  }
  state.public_jwk += jose::required_members(*material) + "}";
  state.public_pem = written_pem([key](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key); });
  return SigningKey(std::make_shared<const State>(std::move(state)));
}

Result<SigningKey> SigningKey::generate(Algorithm algorithm, std::string key_id,
                                        unsigned rsa_bits) {
  const crypto::ErrorQueueGuard guard;
  const auto kind = kind_for(algorithm);
  if (!kind) return refused("this algorithm has no key pair").with_algorithm(algorithm);
  const crypto::KindTraits& wanted = crypto::traits_of(*kind);
  const crypto::EvpPkeyCtxPtr context(
      EVP_PKEY_CTX_new_from_name(nullptr, wanted.openssl_type, nullptr));
  if (!context || !crypto::ok(EVP_PKEY_keygen_init(context.get()))) {
    return refused("cannot generate a key");
  }
  if (*kind == KeyKind::rsa &&
      !crypto::ok(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(rsa_bits)))) {
    return refused("cannot generate RSA keys of this size");
  }
  if (wanted.openssl_group != nullptr &&
      !crypto::ok(EVP_PKEY_CTX_set_group_name(context.get(), wanted.openssl_group))) {
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
  const Method how = method_of(algorithm);
  if (how.scheme == Scheme::ecdsa) {
    return sign_der(algorithm, input).and_then([this](std::string&& der) {
      return raw_from_der(der, crypto::traits_of(state_->kind).size);
    });
  }
  if (!crypto::suits(algorithm, state_->kind)) {
    return refused("this key can't make such a signature").with_algorithm(algorithm);
  }
  return openssl_signature(state_->key.get(), how, input);
}

Result<std::string> SigningKey::sign_der(Algorithm algorithm, std::string_view input) const {
  // The curve is not compared: a signature by a key of another curve is something to test with.
  const Method how = method_of(algorithm);
  if (how.scheme != Scheme::ecdsa || crypto::traits_of(state_->kind).type != crypto::KeyType::ec) {
    return refused("this key can't make such a signature").with_algorithm(algorithm);
  }
  return openssl_signature(state_->key.get(), how, input);
}

std::optional<Algorithm> algorithm_for_pem(std::string_view pem) {
  const crypto::ErrorQueueGuard guard;
  const crypto::EvpPkeyPtr key = read_private_key(pem);
  if (!key) return std::nullopt;
  const auto material = crypto::material_of(key.get());
  if (!material) return std::nullopt;
  for (const Algorithm each :
       {Algorithm::rs256, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::es256k,
        Algorithm::eddsa, Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87}) {
    if (crypto::suits(each, material->kind)) return each;
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
