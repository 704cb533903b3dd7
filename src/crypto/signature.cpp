#include "crypto/signature.hpp"

#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
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

struct Parameters {
  Scheme scheme;
  std::string_view digest;  // empty: none
};

constexpr Parameters parameters_of(Algorithm algorithm) noexcept {
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
    case Algorithm::hs256:  // no key suits it
    case Algorithm::hs384:
    case Algorithm::hs512:
      break;
  }
  return {Scheme::pure, {}};
}

/// The digest, fetched once per process: fetching by name at each use would cost more than hashing.
/// Never freed, because a thread may still verify while the process exits.
const EVP_MD* digest_of(std::string_view name) noexcept {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  if (name == "SHA256") return sha256;
  return name == "SHA384" ? sha384 : sha512;
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
  const auto [scheme, digest_name] = parameters_of(algorithm);
  if (scheme == Scheme::pure) return verify_pure(key, signing_input, signature);

  std::array<unsigned char, kMaxDer> der;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::span<const unsigned char> encoded(bytes_of(signature), signature.size());
  if (scheme == Scheme::ecdsa) {
    encoded = std::span(der).first(to_der(signature, der));
    if (encoded.empty()) return false;
  }

  const EVP_MD* const digest = digest_of(digest_name);
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
