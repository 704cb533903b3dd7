#include "bench/signing_floor.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "bench/failure.hpp"

namespace bench {
namespace {

using jwks::Algorithm;
using jwks::crypto::ok;

const char* digest_name(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::es384:
      return "SHA384";
    case Algorithm::es512:
      return "SHA512";
    case Algorithm::eddsa:
      return nullptr;
    default:
      return "SHA256";
  }
}

}  // namespace

SigningFloor::SigningFloor(Algorithm algorithm, const std::string& private_pem)
    : hash_context_(EVP_MD_CTX_new()) {
  const jwks::crypto::BioPtr bio(
      BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())));
  key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  require(key_ && hash_context_, "private key");
  const char* const digest = digest_name(algorithm);
  if (digest == nullptr) {
    require(ok(EVP_DigestSignInit_ex(hash_context_.get(), nullptr, nullptr, nullptr, nullptr,
                                     key_.get(), nullptr)),
            "EVP_DigestSignInit_ex");
    return;
  }
  digest_.reset(EVP_MD_fetch(nullptr, digest, nullptr));
  key_context_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  require(digest_ && key_context_ && ok(EVP_PKEY_sign_init(key_context_.get())), "sign_init");
  const bool is_pss = algorithm == Algorithm::ps256;
  if (is_pss || algorithm == Algorithm::rs256) {
    require(ok(EVP_PKEY_CTX_set_rsa_padding(key_context_.get(),
                                            is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING)),
            "padding");
  }
  require(ok(EVP_PKEY_CTX_set_signature_md(key_context_.get(), digest_.get())), "signature_md");
  if (is_pss) {
    require(ok(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context_.get(), RSA_PSS_SALTLEN_DIGEST)),
            "saltlen");
  }
}

bool SigningFloor::sign(std::string_view input) noexcept {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(input.data());
  std::size_t size = signature_.size();
  if (!digest_) {
    // Without initialising again a second one-shot fails from OpenSSL 3.3 on.
    return ok(EVP_DigestSignInit_ex(hash_context_.get(), nullptr, nullptr, nullptr, nullptr,
                                    nullptr, nullptr)) &&
           ok(EVP_DigestSign(hash_context_.get(), signature_.data(), &size, bytes, input.size()));
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned hash_size = 0;
  return ok(EVP_DigestInit_ex2(hash_context_.get(), digest_.get(), nullptr)) &&
         ok(EVP_DigestUpdate(hash_context_.get(), bytes, input.size())) &&
         ok(EVP_DigestFinal_ex(hash_context_.get(), hash.data(), &hash_size)) &&
         ok(EVP_PKEY_sign(key_context_.get(), signature_.data(), &size, hash.data(), hash_size));
}

}  // namespace bench
