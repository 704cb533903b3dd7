#include "emulator/oauth/pkce.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// §4.1: 43 to 128 unreserved characters, which a plain challenge has too.
bool is_verifier(std::string_view text) {
  return text.size() >= 43 && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '.' || c == '_' ||
                  c == '~';
         });
}

/// §4.2: base64url of 32 bytes.
bool is_sha256(std::string_view text) {
  const auto bytes = base64url::decode(text);
  return bytes && bytes->size() == crypto::Sha256{}.size();
}

}  // namespace

std::string_view challenge_problem(std::string_view challenge, std::string_view method,
                                   bool allow_plain) {
  if (challenge.empty()) {
    return method.empty() ? "" : "code_challenge_method without code_challenge";
  }
  if (method == "S256") {
    return is_sha256(challenge) ? "" : "code_challenge is no SHA-256 hash in base64url";
  }
  // §4.3: what names no method is plain.
  if (!method.empty() && method != "plain") return "code_challenge_method is not supported";
  if (!allow_plain) return "code_challenge_method must be S256";
  return is_verifier(challenge) ? "" : "code_challenge is no 43 to 128 unreserved characters";
}

bool verifier_fits(std::string_view verifier, std::string_view challenge, bool is_plain) {
  if (challenge.empty()) return verifier.empty();
  if (!is_verifier(verifier)) return false;
  if (is_plain) return crypto::equal_in_constant_time(verifier, challenge);
  const auto hash = crypto::sha256(verifier);
  return hash && crypto::equal_in_constant_time(base64url::encode(*hash), challenge);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
