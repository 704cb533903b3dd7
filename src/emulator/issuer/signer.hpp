#pragma once

// How each algorithm signs, and what OpenSSL needs to sign one text after the other.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/openssl.hpp"
#include "emulator/issuer/signing_key.hpp"
#include "jwks/algorithm.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

enum class Scheme : std::uint8_t { none, pkcs1, pss, ecdsa, pure };

struct Method {
  Scheme scheme;
  const char* digest;  ///< null: the scheme has none of its own
};

[[nodiscard]] Method method_of(Algorithm algorithm) noexcept;

/// Contexts for one key and one algorithm, made ready. *Threading:* one thread at a time.
class Signer {
 public:
  /// *Failure:* `bad_config` if OpenSSL can't sign so with this key.
  [[nodiscard]] static Result<std::unique_ptr<Signer>> make(EVP_PKEY* key, Algorithm algorithm,
                                                            const Deviation& deviation = {});
  /// Whether it may sign more than once. OpenSSL's ML-DSA was never shown to.
  [[nodiscard]] static bool is_reusable(Algorithm algorithm) noexcept;

  /// The signature in OpenSSL's own form: ASN.1 for ECDSA. After a failure (`bad_config`) it is to
  /// be thrown away.
  [[nodiscard]] Result<std::string> sign(std::string_view input);

 private:
  explicit Signer(EVP_PKEY* key);
  bool prepare_pure(EVP_PKEY* key, const char* digest);
  bool prepare_hash(EVP_PKEY* key, const char* digest);
  bool use_pss(const Deviation& deviation);
  bool sign_pure(std::string_view input, std::string& signature, std::size_t& size);
  bool sign_hash(std::string_view input, std::string& signature, std::size_t& size);

  std::size_t max_size_;
  crypto::EvpMdCtxPtr hash_context_;
  crypto::EvpMdPtr digest_{};  ///< null: `hash_context_` does all
  crypto::EvpPkeyCtxPtr key_context_{};
  bool was_used_ = false;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
