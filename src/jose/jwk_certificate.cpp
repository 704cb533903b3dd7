#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "crypto/certificate.hpp"
#include "crypto/digest.hpp"
#include "jose/jwk_members.hpp"
#include "jose/jwk_state.hpp"
#include "jwks/presentation.hpp"

namespace jwks {
inline namespace v0 {
namespace {

constexpr std::size_t kMaxCertificates = 8;

/// RFC 4648 §4, with padding. "x5c" is the one member of a JWK in this alphabet.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos) {
    return std::nullopt;
  }
  if (text.ends_with('=')) text.remove_suffix(1);
  if (text.ends_with('=')) text.remove_suffix(1);
  std::string url_safe(text);
  std::ranges::replace(url_safe, '+', '-');
  std::ranges::replace(url_safe, '/', '_');
  return base64url::decode(url_safe);
}

/// Reads all and returns the first.
Result<std::string> first_certificate(JsonValue x5c) {
  if (!x5c.is_array() || x5c.size() > kMaxCertificates) {
    return jose::rejected(ErrorReason::bad_member, "x5c");
  }
  std::optional<std::string> first;
  for (const JsonValue item : x5c) {
    const auto text = item.as_string();
    if (!text) return jose::rejected(ErrorReason::bad_member, "x5c");
    auto der = decode_base64(*text);
    if (!der) return jose::rejected(ErrorReason::bad_base64, "x5c");
    if (!first) first = std::move(der);
  }
  return std::move(*first);
}

Result<std::string> thumbprint_of_certificate(std::string_view der) {
  const auto hash = crypto::sha256(der);
  if (!hash) return Error(ErrorCode::out_of_memory);
  return base64url::encode(*hash);
}

/// Issuers are known that publish the hexadecimal text of the hash, or padding. It is only a hint:
/// what is no thumbprint counts as absent, and nobody's keys are lost for it.
std::optional<std::string> read_named_thumbprint(JsonValue jwk) {
  const auto member = jwk.find("x5t#S256");
  const auto text = member ? member->as_string() : std::nullopt;
  if (!text || !jose::is_certificate_thumbprint(*text)) return std::nullopt;
  return std::string(*text);
}

}  // namespace

bool jose::is_certificate_thumbprint(std::string_view text) noexcept {
  std::array<char, sizeof(crypto::Sha256)> hash{};
  return text.size() == base64url::encoded_size(hash.size()) &&
         base64url::decode_into(text, hash.data());
}

Result<std::optional<std::string>> jose::read_certificate_thumbprint(JsonValue jwk,
                                                                     const crypto::PublicKey& key) {
  auto named = read_named_thumbprint(jwk);
  const auto x5c = jwk.find("x5c");
  if (!x5c || (x5c->is_array() && x5c->size() == 0)) return named;

  const auto der = first_certificate(*x5c);
  if (!der) return der.error();
  const auto material = crypto::material_of_certificate(*der);
  if (!material || *material != key.material()) return rejected(ErrorReason::x5c_mismatch, "x5c");
  auto computed = thumbprint_of_certificate(*der);
  if (!computed) return computed.error();
  if (named && *named != *computed) {
    return rejected(ErrorReason::x5c_mismatch, "x5t#S256");
  }
  return std::optional<std::string>(std::move(*computed));
}

Result<std::string> certificate_thumbprint(std::string_view der_or_pem) {
  const auto der = crypto::certificate_der(der_or_pem);
  if (!der) return der.error();
  return thumbprint_of_certificate(*der);
}

}  // namespace v0
}  // namespace jwks
