#include "crypto/signature.hpp"

#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

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

enum class Hash : std::uint8_t { none, sha256, sha384, sha512 };

struct Parameters {
  Scheme scheme;
  Hash hash;
};

constexpr Parameters parameters_of(Algorithm algorithm) noexcept {
  switch (algorithm) {  // unreachable: what is no enumerator suits no key
    case Algorithm::rs256:
      return {Scheme::pkcs1, Hash::sha256};
    case Algorithm::rs384:
      return {Scheme::pkcs1, Hash::sha384};
    case Algorithm::rs512:
      return {Scheme::pkcs1, Hash::sha512};
    case Algorithm::ps256:
      return {Scheme::pss, Hash::sha256};
    case Algorithm::ps384:
      return {Scheme::pss, Hash::sha384};
    case Algorithm::ps512:
      return {Scheme::pss, Hash::sha512};
    case Algorithm::es256:
    case Algorithm::es256k:
      return {Scheme::ecdsa, Hash::sha256};
    case Algorithm::es384:
      return {Scheme::ecdsa, Hash::sha384};
    case Algorithm::es512:
      return {Scheme::ecdsa, Hash::sha512};
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
  return {Scheme::pure, Hash::none};
}

const EVP_MD* digest_of(Hash hash) noexcept {
  static constinit FetchedDigest sha256("SHA256");
  static constinit FetchedDigest sha384("SHA384");
  static constinit FetchedDigest sha512("SHA512");
  if (hash == Hash::sha256) return sha256.get();
  return hash == Hash::sha384 ? sha384.get() : sha512.get();
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// SEQUENCE { INTEGER r, INTEGER s } of two 66-byte numbers, each with a sign byte.
constexpr std::size_t kMaxDer = 3 + 2 * (2 + 1 + 66);

std::size_t put_integer(std::string_view number, unsigned char* out) noexcept {
  while (number.front() == '\0') number.remove_prefix(1);  // the caller saw a non-zero byte
  const bool sign = (static_cast<unsigned char>(number.front()) & 0x80) != 0;
  std::size_t size = 0;
  out[size++] = 0x02;
  out[size++] = static_cast<unsigned char>(number.size() + (sign ? 1 : 0));
  if (sign) out[size++] = 0x00;
  std::copy_n(bytes_of(number), number.size(), out + size);
  return size + number.size();
}

/// Turns r‖s (RFC 7518 §3.4), two numbers of one size, into the DER that OpenSSL wants; 0 if one of
/// them is zero (CVE-2022-21449).
std::size_t to_der(std::string_view signature, std::array<unsigned char, kMaxDer>& out) noexcept {
  const std::size_t half = signature.size() / 2;
  const std::string_view r = signature.substr(0, half);
  const std::string_view s = signature.substr(half);
  const auto is_zero = [](std::string_view n) {
    return n.find_first_not_of('\0') == std::string_view::npos;
  };
  if (is_zero(r) || is_zero(s)) return 0;

  std::array<unsigned char, kMaxDer> body;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::size_t size = put_integer(r, body.data());
  size += put_integer(s, body.data() + size);
  std::size_t at = 0;
  out[at++] = 0x30;
  if (size > 127) out[at++] = 0x81;
  out[at++] = static_cast<unsigned char>(size);
  std::copy_n(body.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(at));
  return at + size;
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

bool verify_pure(const PublicKey& key, std::string_view input,
                 std::string_view signature) noexcept {
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  return context &&
         ok(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.handle())) &&
         ok(EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(input),
                             input.size()));
}

}  // namespace

bool verify_signature(Algorithm algorithm, const PublicKey& key, std::string_view signing_input,
                      std::string_view signature) noexcept {
  if (!suits(algorithm, key.kind())) return false;
  if (signature.size() != key.signature_size()) return false;
  const ErrorQueueGuard guard;
  const auto [scheme, hash_function] = parameters_of(algorithm);
  if (scheme == Scheme::pure) return verify_pure(key, signing_input, signature);

  std::array<unsigned char, kMaxDer> der;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::span<const unsigned char> encoded(bytes_of(signature), signature.size());
  if (scheme == Scheme::ecdsa) {
    encoded = std::span(der).first(to_der(signature, der));
    if (encoded.empty()) return false;
  }

  const EVP_MD* const digest = digest_of(hash_function);
  std::array<unsigned char, EVP_MAX_MD_SIZE>
      hash;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  unsigned hash_size = 0;
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.handle(), nullptr));
  return digest != nullptr && context &&
         ok(EVP_Digest(signing_input.data(), signing_input.size(), hash.data(), &hash_size, digest,
                       nullptr)) &&
         configure(context.get(), scheme, digest) &&
         ok(EVP_PKEY_verify(context.get(), encoded.data(), encoded.size(), hash.data(), hash_size));
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
