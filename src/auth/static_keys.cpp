#include "auth/static_keys.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "crypto/secret.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {
namespace {

/// A variable often holds its line breaks as the two characters `\n`.
std::string with_line_breaks(std::string_view pem) {
  std::string out;
  out.reserve(pem.size());  // no copy is left behind that would not be wiped
  for (std::size_t i = 0; i < pem.size(); ++i) {
    const bool stands_for_break = pem.substr(i, 2) == "\\n";
    out.push_back(stands_for_break ? '\n' : pem[i]);
    if (stands_for_break) ++i;
  }
  return out;
}

std::string_view fault_of_public_key(ErrorReason reason) noexcept {
  switch (reason) {
    case ErrorReason::private_material:
      return "it holds a private key, which has no business here; set the public key";
    case ErrorReason::alg_mismatch:
      return "it is no RSA key, which RS256 needs";
    case ErrorReason::weak_rsa:
      return "an RSA key below 2048 bits is not accepted";
    case ErrorReason::bad_pem:
      return "it is not one PEM block with a public key, which begins with "
             "-----BEGIN PUBLIC KEY-----";
    default:
      return to_string(reason);
  }
}

/// Empty for a secret that may be one. White space around it comes of an editor or of the shell,
/// and makes the two sides differ in what nobody sees.
std::string_view fault_of_secret(std::string_view secret) noexcept {
  constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";
  if (kWhiteSpace.find(secret.front()) != std::string_view::npos ||
      kWhiteSpace.find(secret.back()) != std::string_view::npos)
    return "it begins or ends with white space, line ends included; remove that";
  if (secret.find_first_not_of(secret.front()) == std::string_view::npos)
    return "one byte, repeated, is no secret";
  return {};
}

}  // namespace

Result<JwkSet> public_key_of(const Variables& variables) {
  std::string pem = with_line_breaks(variables.text(Variable::public_key));
  auto keys = JwkSet::from_pem(pem, Algorithm::rs256);
  crypto::wipe(pem);  // should it be a private key
  if (keys || keys.error().code() != ErrorCode::key_rejected) return keys;
  return variables.error(Variable::public_key, fault_of_public_key(keys.error().reason()));
}

Result<JwkSet> secret_of(const Variables& variables) {
  const std::string& secret = variables.text(Variable::secret);
  if (secret.size() < crypto::mac_size(Algorithm::hs256))
    return variables.error(Variable::secret, "shorter than 32 bytes, which HS256 needs");
  auto keys = JwkSet::from_secret(secret, Algorithm::hs256);
  if (keys) {
    const std::string_view fault = fault_of_secret(secret);
    return fault.empty() ? std::move(keys) : variables.error(Variable::secret, fault);
  }
  if (keys.error().code() != ErrorCode::key_rejected) return keys;
  return variables.error(Variable::secret,
                         "the text of a key is no secret; a public key belongs into " +
                             variables.name(Variable::public_key));
}

}  // namespace auth
}  // namespace v0
}  // namespace jwks
