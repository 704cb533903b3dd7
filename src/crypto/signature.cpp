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

enum class Scheme : std::uint8_t { pkcs1, pss, ecdsa, eddsa };

struct Parameters {
  Scheme scheme;
  Curve curve;              // of ECDSA
  std::string_view digest;  // empty: the scheme hashes by itself
};

constexpr Parameters parameters_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::rs256:
      return {Scheme::pkcs1, Curve::none, "SHA256"};
    case Algorithm::rs384:
      return {Scheme::pkcs1, Curve::none, "SHA384"};
    case Algorithm::rs512:
      return {Scheme::pkcs1, Curve::none, "SHA512"};
    case Algorithm::ps256:
      return {Scheme::pss, Curve::none, "SHA256"};
    case Algorithm::ps384:
      return {Scheme::pss, Curve::none, "SHA384"};
    case Algorithm::ps512:
      return {Scheme::pss, Curve::none, "SHA512"};
    case Algorithm::es256:
      return {Scheme::ecdsa, Curve::p256, "SHA256"};
    case Algorithm::es384:
      return {Scheme::ecdsa, Curve::p384, "SHA384"};
    case Algorithm::es512:
      return {Scheme::ecdsa, Curve::p521, "SHA512"};
    case Algorithm::eddsa:
    case Algorithm::ed25519:
    default:
      break;
  }
  return {Scheme::eddsa, Curve::ed25519, {}};
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

/// Turns r‖s (RFC 7518 §3.4) into the DER that OpenSSL wants; 0 unless the length is exactly that
/// of the curve and neither number is zero (CVE-2022-21449).
std::size_t to_der(std::string_view signature, Curve curve,
                   std::array<unsigned char, kMaxDer>& out) noexcept {
  const std::size_t half = coordinate_size(curve);
  if (signature.size() != 2 * half) return 0;
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

bool verify_eddsa(const PublicKey& key, std::string_view input,
                  std::string_view signature) noexcept {
  if (signature.size() != 2 * coordinate_size(key.curve())) return false;
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  return context &&
         ok(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.handle())) &&
         ok(EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(input),
                             input.size()));
}

}  // namespace

}  // namespace crypto
bool is_supported(Algorithm) noexcept { return true; }
namespace crypto {
bool suits(Algorithm algorithm, KeyType type, Curve curve) noexcept {
  const Parameters parameters = parameters_of(algorithm);
  switch (parameters.scheme) {
    case Scheme::pkcs1:
    case Scheme::pss:
      return type == KeyType::rsa;
    case Scheme::ecdsa:
      return type == KeyType::ec && curve == parameters.curve;
    case Scheme::eddsa:
      return type == KeyType::okp && curve == parameters.curve;
  }
  return false;
}

bool verify_signature(Algorithm algorithm, const PublicKey& key, std::string_view signing_input,
                      std::string_view signature) noexcept {
  if (!suits(algorithm, key.type(), key.curve())) return false;
  const ErrorQueueGuard guard;
  const auto [scheme, curve, digest_name] = parameters_of(algorithm);
  if (scheme == Scheme::eddsa) return verify_eddsa(key, signing_input, signature);

  std::array<unsigned char, kMaxDer> der;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::span<const unsigned char> encoded(bytes_of(signature), signature.size());
  if (scheme == Scheme::ecdsa) {
    encoded = std::span(der).first(to_der(signature, curve, der));
    if (encoded.empty()) return false;
  } else if (signature.size() != key.first().size()) {
    return false;  // RFC 8017 §8.1.2, §8.2.2: as long as the modulus
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
