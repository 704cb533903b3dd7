#include "emulator/issuer/signer.hpp"

#include <openssl/rsa.h>

#include <array>
#include <utility>

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using crypto::ok;

Error refused(std::string_view why) {
  return Error(ErrorCode::bad_config).about("signing key").because(why);
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

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

bool Signer::is_reusable(Algorithm algorithm) noexcept {
  return algorithm != Algorithm::ml_dsa_44 && algorithm != Algorithm::ml_dsa_65 &&
         algorithm != Algorithm::ml_dsa_87;
}

Signer::Signer(EVP_PKEY* key)
    : max_size_(static_cast<std::size_t>(EVP_PKEY_get_size(key))),
      hash_context_(EVP_MD_CTX_new()) {}

Result<std::unique_ptr<Signer>> Signer::make(EVP_PKEY* key, Algorithm algorithm,
                                             const Deviation& deviation) {
  std::unique_ptr<Signer> made(new Signer(key));
  const Method how = method_of(algorithm);
  const char* const digest = deviation.digest.empty() ? how.digest : deviation.digest.c_str();
  const bool is_ready = how.scheme == Scheme::pure ? made->prepare_pure(key, digest)
                                                   : made->prepare_hash(key, digest);
  if (!made->hash_context_ || !is_ready) return refused("cannot begin to sign");
  if (how.scheme == Scheme::pss && !made->use_pss(deviation)) {
    return refused("cannot use RSASSA-PSS");
  }
  return made;
}

bool Signer::prepare_pure(EVP_PKEY* key, const char* digest) {
  return ok(
      EVP_DigestSignInit_ex(hash_context_.get(), nullptr, digest, nullptr, nullptr, key, nullptr));
}

bool Signer::prepare_hash(EVP_PKEY* key, const char* digest) {
  digest_.reset(EVP_MD_fetch(nullptr, digest, nullptr));
  key_context_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return digest_ && key_context_ && ok(EVP_PKEY_sign_init(key_context_.get())) &&
         ok(EVP_PKEY_CTX_set_signature_md(key_context_.get(), digest_.get()));
}

bool Signer::use_pss(const Deviation& deviation) {
  return ok(EVP_PKEY_CTX_set_rsa_padding(key_context_.get(), RSA_PKCS1_PSS_PADDING)) &&
         ok(EVP_PKEY_CTX_set_rsa_pss_saltlen(
             key_context_.get(), deviation.salt_bytes.value_or(RSA_PSS_SALTLEN_DIGEST)));
}

Result<std::string> Signer::sign(std::string_view input) {
  std::string signature(max_size_, '\0');
  std::size_t size = signature.size();
  if (!(digest_ ? sign_hash(input, signature, size) : sign_pure(input, signature, size))) {
    return refused("cannot sign");
  }
  signature.resize(size);
  return signature;
}

bool Signer::sign_hash(std::string_view input, std::string& signature, std::size_t& size) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned hash_size = 0;
  return ok(EVP_DigestInit_ex2(hash_context_.get(), digest_.get(), nullptr)) &&
         ok(EVP_DigestUpdate(hash_context_.get(), input.data(), input.size())) &&
         ok(EVP_DigestFinal_ex(hash_context_.get(), hash.data(), &hash_size)) &&
         ok(EVP_PKEY_sign(key_context_.get(), bytes_of(signature), &size, hash.data(), hash_size));
}

bool Signer::sign_pure(std::string_view input, std::string& signature, std::size_t& size) {
  // Without initialising again a second one-shot fails from OpenSSL 3.3 on.
  return (!std::exchange(was_used_, true) ||
          ok(EVP_DigestSignInit_ex(hash_context_.get(), nullptr, nullptr, nullptr, nullptr, nullptr,
                                   nullptr))) &&
         ok(EVP_DigestSign(hash_context_.get(), bytes_of(signature), &size, bytes_of(input),
                           input.size()));
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
