#include "source/discovery.hpp"

#include "base/json.hpp"
#include "source/url.hpp"

namespace jwks {
inline namespace v0 {
namespace source {
namespace {

Error rejected(std::string_view member, std::string_view why) noexcept {
  return Error(ErrorCode::keys_unavailable, ErrorReason::discovery_rejected)
      .about(member)
      .because(why);
}

/// Downgrade defence. `none` and HS* in the list are neither adopted nor held against the issuer:
/// real ones list all they can do.
Result<void> check_algorithms(const JsonValue& document, AlgorithmSet allowed) {
  constexpr std::string_view kMember = "id_token_signing_alg_values_supported";
  const auto listed = document.find(kMember);
  if (!listed) return {};
  if (!listed->is_array()) return rejected(kMember, "not an array");
  for (const JsonValue item : *listed) {
    const auto name = item.as_string();
    if (!name) return rejected(kMember, "not an array of strings");
    const auto algorithm = algorithm_from_name(*name);
    if (algorithm && allowed.contains(*algorithm)) return {};
  }
  return rejected(kMember, "the issuer signs with no algorithm that the policy allows");
}

}  // namespace

std::array<std::string, 2> discovery_urls(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  const auto path = issuer.find('/', issuer.find("://") + 3);
  std::string inserted(issuer.substr(0, path));
  inserted += "/.well-known/oauth-authorization-server";
  if (path != std::string_view::npos) inserted += issuer.substr(path);
  return {std::string(issuer) + "/.well-known/openid-configuration", std::move(inserted)};
}

Result<std::string> read_discovery(std::string_view document, std::string_view issuer,
                                   AlgorithmSet allowed, bool allow_loopback_http) {
  const auto parsed = json::parse_object(document, {.depth = 16, .members = json::kMaxMembers});
  if (!parsed) return rejected("discovery document", parsed.error().detail());
  const JsonValue root = parsed->root();

  // OpenID Connect Discovery 1.0 §4.3, RFC 8414 §3.3: identical, byte for byte. Otherwise one
  // issuer of a shared host could speak for another.
  const auto named = root.find("issuer");
  if (!named || !named->is_string()) return rejected("issuer", "absent, or not a string");
  if (named->as_string() != issuer) return rejected("issuer", "it is not the configured one");

  if (const auto checked = check_algorithms(root, allowed); !checked) return checked.error();

  const auto member = root.find("jwks_uri");
  const auto uri = member ? member->as_string() : std::nullopt;
  if (!uri) return rejected("jwks_uri", "absent, or not a string");
  const auto fault = url_fault(*uri, UrlKind::resource, allow_loopback_http);
  if (!fault.empty()) return rejected("jwks_uri", fault);
  return std::string(*uri);
}

}  // namespace source
}  // namespace v0
}  // namespace jwks
