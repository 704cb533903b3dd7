#include "bench/floor.hpp"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/base64url.hpp"
#include "bench/failure.hpp"
#include "crypto/public_key.hpp"

namespace bench {
namespace {

using jwks::Algorithm;
using jwks::crypto::Freer;
using jwks::crypto::ok;

using SignaturePtr = std::unique_ptr<ECDSA_SIG, Freer<&ECDSA_SIG_free>>;

const char* digest_name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::rs384:
    case Algorithm::ps384:
    case Algorithm::es384:
      return "SHA384";
    case Algorithm::rs512:
    case Algorithm::ps512:
    case Algorithm::es512:
      return "SHA512";
    default:
      return "SHA256";
  }
}

bool is_eddsa(Algorithm algorithm) {
  return algorithm == Algorithm::eddsa || algorithm == Algorithm::ed25519;
}
bool is_ecdsa(Algorithm algorithm) {
  return algorithm == Algorithm::es256 || algorithm == Algorithm::es384 ||
         algorithm == Algorithm::es512;
}
bool is_pss(Algorithm algorithm) {
  return algorithm == Algorithm::ps256 || algorithm == Algorithm::ps384 ||
         algorithm == Algorithm::ps512;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_der(std::string_view raw) {
  const auto half = static_cast<int>(raw.size() / 2);
  const SignaturePtr signature(ECDSA_SIG_new());
  require(signature && ECDSA_SIG_set0(signature.get(), BN_bin2bn(bytes_of(raw), half, nullptr),
                                      BN_bin2bn(bytes_of(raw) + half, half, nullptr)) == 1,
          "ECDSA_SIG");
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  require(size > 0, "i2d_ECDSA_SIG");
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace

Floor::Floor(const Samples& samples)
    : algorithm_(samples.algorithm), hash_context_(EVP_MD_CTX_new()) {
  require(hash_context_ != nullptr, "EVP_MD_CTX");
  if (samples.is_hmac()) {
    init_hmac(samples.secret);
  } else if (is_eddsa(algorithm_)) {
    init_eddsa(samples.keys.keys().front().public_key());
  } else {
    init_key(samples.keys.keys().front().public_key());
  }
  std::transform(samples.tokens.begin(), samples.tokens.end(), texts_.begin(),
                 [this](const std::string& token) { return prepare(token); });
}

void Floor::init_eddsa(const jwks::crypto::PublicKey& key) {
  require(ok(EVP_DigestVerifyInit_ex(hash_context_.get(), nullptr, nullptr, nullptr, nullptr,
                                     key.handle(), nullptr)),
          "EVP_DigestVerifyInit_ex");
}

void Floor::init_key(const jwks::crypto::PublicKey& key) {
  digest_.reset(EVP_MD_fetch(nullptr, digest_name(algorithm_), nullptr));
  key_context_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key.handle(), nullptr));
  require(digest_ && key_context_ && ok(EVP_PKEY_verify_init(key_context_.get())), "verify_init");
  if (!is_ecdsa(algorithm_)) {
    require(
        ok(EVP_PKEY_CTX_set_rsa_padding(
            key_context_.get(), is_pss(algorithm_) ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING)),
        "padding");
  }
  require(ok(EVP_PKEY_CTX_set_signature_md(key_context_.get(), digest_.get())), "signature_md");
  if (is_pss(algorithm_)) {
    require(ok(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context_.get(), RSA_PSS_SALTLEN_DIGEST)),
            "saltlen");
  }
}

void Floor::init_hmac(std::string_view secret) {
  constexpr std::size_t kBlock = 64;  // of SHA-256
  require(secret.size() <= kBlock, "a secret longer than a block would have to be hashed");
  digest_.reset(EVP_MD_fetch(nullptr, digest_name(algorithm_), nullptr));
  const auto keyed = [&](unsigned char pad) {
    std::array<unsigned char, kBlock> block;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    block.fill(pad);
    for (std::size_t i = 0; i < secret.size(); ++i) block[i] ^= bytes_of(secret)[i];
    jwks::crypto::EvpMdCtxPtr context(EVP_MD_CTX_new());
    require(digest_ && context && ok(EVP_DigestInit_ex2(context.get(), digest_.get(), nullptr)) &&
                ok(EVP_DigestUpdate(context.get(), block.data(), block.size())),
            "HMAC");
    return context;
  };
  inner_ = keyed(0x36);
  outer_ = keyed(0x5c);
}

SignedText Floor::prepare(std::string_view token) const {
  const std::size_t dot = token.rfind('.');
  auto signature = jwks::base64url::decode(token.substr(dot + 1));
  require(signature.has_value(), "base64url");
  SignedText text{.input = std::string(token.substr(0, dot)),
                  .signature = is_ecdsa(algorithm_) ? to_der(*signature) : *signature};
  require(verify(text), "the floor refuses a good signature");
  SignedText bad = text;
  bad.input.back() = static_cast<char>(bad.input.back() ^ 1);
  require(!verify(bad), "the floor accepts a bad signature");
  require(verify(text), "the floor refuses a good signature after a bad one");
  return text;
}

bool Floor::verify(const SignedText& text) const noexcept {
  if (!digest_) return verify_eddsa(text);
  if (inner_) return verify_hmac(text);
  std::array<unsigned char, EVP_MAX_MD_SIZE>
      hash;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  unsigned size = 0;
  return ok(EVP_DigestInit_ex2(hash_context_.get(), digest_.get(), nullptr)) &&
         ok(EVP_DigestUpdate(hash_context_.get(), text.input.data(), text.input.size())) &&
         ok(EVP_DigestFinal_ex(hash_context_.get(), hash.data(), &size)) &&
         ok(EVP_PKEY_verify(key_context_.get(), bytes_of(text.signature), text.signature.size(),
                            hash.data(), size));
}

bool Floor::verify_eddsa(const SignedText& text) const noexcept {
  // Without initialising again a second one-shot fails from OpenSSL 3.3 on.
  return ok(EVP_DigestVerifyInit_ex(hash_context_.get(), nullptr, nullptr, nullptr, nullptr,
                                    nullptr, nullptr)) &&
         ok(EVP_DigestVerify(hash_context_.get(), bytes_of(text.signature), text.signature.size(),
                             bytes_of(text.input), text.input.size()));
}

bool Floor::verify_hmac(const SignedText& text) const noexcept {
  std::array<unsigned char, EVP_MAX_MD_SIZE>
      hash;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  unsigned size = 0;
  EVP_MD_CTX* const context = hash_context_.get();
  return ok(EVP_MD_CTX_copy_ex(context, inner_.get())) &&
         ok(EVP_DigestUpdate(context, text.input.data(), text.input.size())) &&
         ok(EVP_DigestFinal_ex(context, hash.data(), &size)) &&
         ok(EVP_MD_CTX_copy_ex(context, outer_.get())) &&
         ok(EVP_DigestUpdate(context, hash.data(), size)) &&
         ok(EVP_DigestFinal_ex(context, hash.data(), &size)) && size == text.signature.size() &&
         CRYPTO_memcmp(hash.data(), text.signature.data(), size) == 0;
}

}  // namespace bench
