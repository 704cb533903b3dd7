#include "crypto/signature.hpp"

#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

enum class Scheme : std::uint8_t {
  pkcs1,
  pss,
  ecdsa,
  pure,  ///< signs the message itself: EdDSA, ML-DSA with an empty context (RFC 9964 §2)
};

struct Parameters {
  Scheme scheme;
  HashFunction hash;  ///< not of `pure`
};

constexpr Parameters parameters_of(Algorithm algorithm) noexcept {
  switch (algorithm) {  // unreachable: what is no enumerator suits no key
    case Algorithm::rs256:
      return {Scheme::pkcs1, HashFunction::sha256};
    case Algorithm::rs384:
      return {Scheme::pkcs1, HashFunction::sha384};
    case Algorithm::rs512:
      return {Scheme::pkcs1, HashFunction::sha512};
    case Algorithm::ps256:
      return {Scheme::pss, HashFunction::sha256};
    case Algorithm::ps384:
      return {Scheme::pss, HashFunction::sha384};
    case Algorithm::ps512:
      return {Scheme::pss, HashFunction::sha512};
    case Algorithm::es256:
    case Algorithm::es256k:
      return {Scheme::ecdsa, HashFunction::sha256};
    case Algorithm::es384:
      return {Scheme::ecdsa, HashFunction::sha384};
    case Algorithm::es512:
      return {Scheme::ecdsa, HashFunction::sha512};
    case Algorithm::eddsa:
    case Algorithm::ed25519:
    case Algorithm::ed448:
    case Algorithm::ml_dsa_44:  // unreachable: before OpenSSL 3.5
    case Algorithm::ml_dsa_65:  // unreachable: before OpenSSL 3.5
    case Algorithm::ml_dsa_87:  // unreachable: before OpenSSL 3.5
    case Algorithm::hs256:      // unreachable: suits no public key
    case Algorithm::hs384:      // unreachable: suits no public key
    case Algorithm::hs512:      // unreachable: suits no public key
      break;
  }
  return {Scheme::pure, {}};
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// SEQUENCE { INTEGER r, INTEGER s } of two 66-byte numbers, each with a sign byte.
constexpr std::size_t kMaxDer = 3 + 2 * (2 + 1 + 66);

/// The number without its leading zero bytes; empty for zero.
std::string_view significant(std::string_view number) noexcept {
  number.remove_prefix(std::min(number.find_first_not_of('\0'), number.size()));
  return number;
}

bool needs_sign(std::string_view number) noexcept {
  return (static_cast<unsigned char>(number.front()) & 0x80) != 0;
}

/// Bytes of a number in DER, after its tag and its length.
std::size_t content_size(std::string_view number) noexcept {
  return number.size() + (needs_sign(number) ? 1 : 0);
}

char* put_integer(std::string_view number, char* out) noexcept {
  *out++ = 0x02;
  *out++ = static_cast<char>(content_size(number));
  if (needs_sign(number)) *out++ = 0x00;
  return std::copy(number.begin(), number.end(), out);
}

/// Turns r‖s (RFC 7518 §3.4), two numbers of one size, into the DER that OpenSSL wants, in `out`;
/// empty if one of them is zero (CVE-2022-21449).
std::string_view to_der(std::string_view signature, std::array<char, kMaxDer>& out) noexcept {
  const std::size_t half = signature.size() / 2;
  const std::string_view r = significant(signature.substr(0, half));
  const std::string_view s = significant(signature.substr(half));
  if (r.empty() || s.empty()) return {};
  const std::size_t size = 2 + content_size(r) + 2 + content_size(s);
  char* at = out.data();
  *at++ = 0x30;
  if (size > 127) *at++ = static_cast<char>(0x81);
  *at++ = static_cast<char>(size);
  at = put_integer(s, put_integer(r, at));
  return {out.data(), at};
}

/// What can be told before OpenSSL is asked.
bool may_hold(Algorithm algorithm, const PublicKey& key, std::string_view signature) noexcept {
  return suits(algorithm, key.kind()) && signature.size() == key.signature_size();
}

bool configure(EVP_PKEY_CTX* context, Scheme scheme, const EVP_MD* digest) noexcept {
  if (!ok(EVP_PKEY_verify_init(context))) return false;
  if (scheme == Scheme::pkcs1 && !ok(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING))) {
    return false;
  }
  if (scheme == Scheme::pss && !ok(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING))) {
    return false;
  }
  if (!ok(EVP_PKEY_CTX_set_signature_md(context, digest))) return false;
  // RFC 7518 §3.5: the salt is as long as the digest, and MGF1 uses the same digest.
  return scheme != Scheme::pss ||
         (ok(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST)) &&
          ok(EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest)));
}

/// Whether contexts with this key may be used again. OpenSSL's ML-DSA was never shown to.
bool is_reusable(const PublicKey& key) noexcept { return key.type() != KeyType::akp; }

/// How long a check lives, and with that whether it needs an own copy of the key.
enum class Use : std::uint8_t { once, kept };

enum class Verdict : std::uint8_t {
  holds,
  does_not_hold,
  failed,  ///< OpenSSL could not tell, so that the contexts are not to be used again
};

constexpr Verdict verdict_of(int result) noexcept {
  if (ok(result)) return Verdict::holds;
  return result == 0 ? Verdict::does_not_hold : Verdict::failed;
}

}  // namespace

/// What OpenSSL needs to check signatures of one algorithm by one key, made ready. A signature that
/// does not hold leaves it as it was: whoever sends many of them costs no more than their check.
class SignatureCheck {
 public:
  SignatureCheck(Algorithm algorithm, const PublicKey& key, Use use) noexcept
      : algorithm_(algorithm), parameters_(parameters_of(algorithm)) {
    const ErrorQueueGuard guard;
    is_ready_ = parameters_.scheme == Scheme::pure ? prepare_pure(key) : prepare_hash(key, use);
  }

  [[nodiscard]] Algorithm algorithm() const noexcept { return algorithm_; }

  [[nodiscard]] Verdict verify(std::string_view input, std::string_view signature) noexcept {
    if (!is_ready_) return Verdict::failed;
    const ErrorQueueGuard guard;
    if (parameters_.scheme == Scheme::pure) return verify_pure(input, signature);
    if (parameters_.scheme != Scheme::ecdsa) return verify_hash(input, signature);
    std::array<char, kMaxDer> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const std::string_view der = to_der(signature, buffer);
    return der.empty() ? Verdict::does_not_hold : verify_hash(input, der);
  }

 private:
  bool prepare_pure(const PublicKey& key) noexcept {
    hash_context_.reset(EVP_MD_CTX_new());
    return hash_context_ && ok(EVP_DigestVerifyInit_ex(hash_context_.get(), nullptr, nullptr,
                                                       nullptr, nullptr, key.handle(), nullptr));
  }

  bool prepare_hash(const PublicKey& key, Use use) noexcept {
    digest_ = fetched(parameters_.hash);
    if (digest_ == nullptr) return false;
    // OpenSSL takes a read lock of an RSA key for each signature: with a key for each thread the
    // lock stays in its core's cache. Of the other types it takes none.
    if (use == Use::kept && key.type() == KeyType::rsa) {
      own_key_.reset(EVP_PKEY_dup(key.handle()));
      if (!own_key_) return false;
    }
    hash_context_.reset(EVP_MD_CTX_new());
    key_context_.reset(
        EVP_PKEY_CTX_new_from_pkey(nullptr, own_key_ ? own_key_.get() : key.handle(), nullptr));
    return hash_context_ && key_context_ &&
           configure(key_context_.get(), parameters_.scheme, digest_);
  }

  Verdict verify_hash(std::string_view input, std::string_view signature) noexcept {
    std::array<unsigned char, EVP_MAX_MD_SIZE>
        hash;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    unsigned size = 0;
    if (!ok(EVP_DigestInit_ex2(hash_context_.get(), digest_, nullptr)) ||
        !ok(EVP_DigestUpdate(hash_context_.get(), input.data(), input.size())) ||
        !ok(EVP_DigestFinal_ex(hash_context_.get(), hash.data(), &size))) {
      return Verdict::failed;
    }
    return verdict_of(EVP_PKEY_verify(key_context_.get(), bytes_of(signature), signature.size(),
                                      hash.data(), size));
  }

  Verdict verify_pure(std::string_view input, std::string_view signature) noexcept {
    // Without initialising again a second one-shot fails from OpenSSL 3.3 on.
    if (std::exchange(was_used_, true) &&
        !ok(EVP_DigestVerifyInit_ex(hash_context_.get(), nullptr, nullptr, nullptr, nullptr,
                                    nullptr, nullptr))) {
      return Verdict::failed;
    }
    return verdict_of(EVP_DigestVerify(hash_context_.get(), bytes_of(signature), signature.size(),
                                       bytes_of(input), input.size()));
  }

  Algorithm algorithm_;
  Parameters parameters_;
  bool is_ready_ = false;
  bool was_used_ = false;           ///< of `Scheme::pure`
  EvpMdCtxPtr hash_context_{};      ///< of `Scheme::pure` it does all
  const EVP_MD* digest_ = nullptr;  ///< lives as long as the process
  EvpPkeyPtr own_key_{};
  EvpPkeyCtxPtr key_context_{};
};

SignatureChecks::SignatureChecks() noexcept = default;
SignatureChecks::SignatureChecks(SignatureChecks&&) noexcept = default;
SignatureChecks::~SignatureChecks() = default;

bool SignatureChecks::verify(Algorithm algorithm, const PublicKey& key,
                             std::string_view signing_input,
                             std::string_view signature) const noexcept {
  if (!may_hold(algorithm, key, signature)) return false;
  // unreachable: a key that is not reusable, before OpenSSL 3.5
  if (!is_reusable(key) || !kept_.is_ready()) {
    return verify_signature(algorithm, key, signing_input, signature);
  }
  auto check = kept_.take();
  if (check && check->algorithm() != algorithm) {
    // A key of several algorithms. Only a good signature makes room for another one: a stranger who
    // names one must not cost the next good token its contexts.
    const bool holds = verify_signature(algorithm, key, signing_input, signature);
    if (!holds) kept_.put(std::move(check));
    return holds;
  }
  if (!check) check.reset(new (std::nothrow) SignatureCheck(algorithm, key, Use::kept));
  const Verdict verdict = check ? check->verify(signing_input, signature) : Verdict::failed;
  // Once more, with nothing that was used before.
  if (verdict == Verdict::failed) {
    return verify_signature(algorithm, key, signing_input, signature);
  }
  kept_.put(std::move(check));
  return verdict == Verdict::holds;
}

bool verify_signature(Algorithm algorithm, const PublicKey& key, std::string_view signing_input,
                      std::string_view signature) noexcept {
  if (!may_hold(algorithm, key, signature)) return false;
  SignatureCheck check(algorithm, key, Use::once);
  return check.verify(signing_input, signature) == Verdict::holds;
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
