#include "jose/profile.hpp"

#include <algorithm>
#include <array>

#include "jwks/verify.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

constexpr std::string_view kLogoutEvent = "http://schemas.openid.net/event/backchannel-logout";

Error invalid(std::string_view claim, std::string_view detail) noexcept {
  return Error(ErrorCode::invalid_claim).about(claim).because(detail);
}

/// An identifier that names nothing would make all its bearers one.
Result<void> check_identifier(const Claims& claims, std::string_view name) noexcept {
  const auto value = claims.string(name);
  if (!value) return value.error();
  if (value->empty()) return invalid(name, "empty");
  return {};
}

/// OpenID Connect Core 1.0 §2: no longer than 255 characters, all of them ASCII.
Result<void> check_subject(const Claims& claims) noexcept {
  if (claims.subject().size() > kMaxSubjectBytes) return invalid("sub", "longer than 255 bytes");
  return check_identifier(claims, "sub");
}

/// RFC 9068 §2.2.
Result<void> check_access_token(const Claims& claims) noexcept {
  if (const auto subject = check_subject(claims); !subject) return subject.error();
  if (const auto client = check_identifier(claims, "client_id"); !client) return client.error();
  return check_identifier(claims, "jti");
}

/// OpenID Connect Core 1.0 §3.1.3.7 (4, 5): who asked for the token, where several may use it.
Result<void> check_authorized_party(const Claims& claims,
                                    const ValidationOptions& policy) noexcept {
  const auto aud = claims.find("aud");
  const auto azp = claims.find("azp");
  if (!azp) {
    if (!aud || aud->size() <= 1) return {};
    return Error(ErrorCode::wrong_azp).about("azp").because("absent beside several audiences");
  }
  if (!azp->is_string()) return invalid("azp", "not a string");
  const auto is_azp = [&azp](const std::string& client) { return azp->as_string() == client; };
  if (is_azp(policy.audiences.front()) || std::ranges::any_of(policy.authorized_parties, is_azp)) {
    return {};
  }
  return Error(ErrorCode::wrong_azp).about("azp");
}

/// OpenID Connect Core 1.0 §2. A logout token has "events" (and no nonce) to be told from it.
Result<void> check_id_token(const Claims& claims, const ValidationOptions& policy) noexcept {
  if (claims.contains("events")) return invalid("events", "not in an ID token");
  if (const auto subject = check_subject(claims); !subject) return subject.error();
  return check_authorized_party(claims, policy);
}

Result<void> check_logout_event(const Claims& claims) noexcept {
  const auto events = claims.find("events");
  const auto event = events ? events->find(kLogoutEvent) : std::nullopt;
  if (!event) return invalid("events", "not an object with the event of a back-channel logout");
  if (!event->is_object()) return invalid("events", "the event is not an object");
  return {};
}

/// OpenID Connect Back-Channel Logout 1.0 §2.4, §2.6.
Result<void> check_logout_token(const Claims& claims) noexcept {
  if (const auto event = check_logout_event(claims); !event) return event.error();
  if (claims.contains("nonce")) return invalid("nonce", "not in a logout token");
  if (const auto id = check_identifier(claims, "jti"); !id) return id.error();

  const bool has_session = claims.contains("sid");
  if (has_session) {
    if (const auto session = check_identifier(claims, "sid"); !session) return session.error();
  }
  if (claims.contains("sub")) return check_subject(claims);
  if (has_session) return {};
  return Error(ErrorCode::missing_claim).about("sub").because("neither sub nor sid");
}

}  // namespace

std::span<const std::string_view> required_claims(TokenProfile profile) noexcept {
  static constexpr std::array<std::string_view, 7> kAccessToken = {"iss",       "exp", "aud", "sub",
                                                                   "client_id", "iat", "jti"};
  static constexpr std::array<std::string_view, 5> kIdToken = {"iss", "sub", "aud", "exp", "iat"};
  static constexpr std::array<std::string_view, 6> kLogoutToken = {"iss", "aud", "iat",
                                                                   "exp", "jti", "events"};
  switch (profile) {
    case TokenProfile::jwt:
      return {};
    case TokenProfile::access_token:
      return kAccessToken;
    case TokenProfile::id_token:
      return kIdToken;
    case TokenProfile::logout_token:
      return kLogoutToken;
  }
  return {};
}

Result<void> check_profile(const Claims& claims, const ValidationOptions& policy) noexcept {
  switch (policy.profile) {
    case TokenProfile::jwt:
      return {};
    case TokenProfile::access_token:
      return check_access_token(claims);
    case TokenProfile::id_token:
      return check_id_token(claims, policy);
    case TokenProfile::logout_token:
      return check_logout_token(claims);
  }
  return Error(ErrorCode::bad_config).about("profile");
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
