#include "emulator/issuer/issuer.hpp"

#include <algorithm>
#include <array>

#include "emulator/issuer/defective_token.hpp"
#include "emulator/issuer/key_set_faults.hpp"
#include "emulator/issuer/token_builder.hpp"
#include "emulator/json_text.hpp"
#include "emulator/random_text.hpp"
#include "emulator/url_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::chrono::seconds kMaxLifetime{1'000'000'000'000'000};

/// RFC 9110 §13.1.2: the weak comparison, with a list or "*".
bool matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    std::string_view each = if_none_match.substr(0, if_none_match.find(','));
    if_none_match.remove_prefix(std::min(if_none_match.size(), each.size() + 1));
    while (!each.empty() && (each.front() == ' ' || each.front() == '\t')) each.remove_prefix(1);
    while (!each.empty() && (each.back() == ' ' || each.back() == '\t')) each.remove_suffix(1);
    if (each.starts_with("W/")) each.remove_prefix(2);
    if (each == "*" || each == etag) return true;
  }
  return false;
}

Error refused(std::string_view member, std::string_view why) {
  return Error(ErrorCode::bad_config).about(member).because(why);
}

}  // namespace

std::string_view issuer_problem(std::string_view identifier) noexcept {
  const std::size_t scheme = identifier.find("://");
  if (!identifier.starts_with("https://") && !identifier.starts_with("http://")) {
    return "an issuer is an http or https URL";
  }
  if (identifier.find_first_of("?#") != std::string_view::npos) {
    return "an issuer has no query and no fragment";
  }
  if (std::any_of(identifier.begin(), identifier.end(),
                  [](char c) { return c <= ' ' || c == 0x7F || c == '"' || c == '\\'; })) {
    return "an issuer has no white space, quotes or backslashes";
  }
  const std::string_view rest = identifier.substr(scheme + 3);
  if (rest.substr(0, rest.find('/')).empty()) return "an issuer has a host";
  return {};
}

std::string Issuer::path_prefix() const {
  const std::string_view base = without_trailing_slashes(settings_.identifier);
  const std::size_t path = base.find('/', base.find("://") + 3);
  return path == std::string_view::npos ? "" : std::string(base.substr(path));
}

Result<std::string> Issuer::issue(const TokenRequest& request, const JsonMembers& more,
                                  std::string_view identifier, const Keyring* signers) const {
  const auto keys = (signers == nullptr ? *keyring_ : *signers).snapshot();
  const std::string& key_id = request.signature.key_id;
  const SigningKey* const key =
      key_id.empty() ? keys->signer(request.algorithm) : keys->find(key_id);
  if (key == nullptr) {
    return key_id.empty() ? refused("algorithm", "no key signs with it")
                          : refused("key_id", "no key with this kid is published");
  }
  const auto issued_at = std::chrono::floor<std::chrono::seconds>(clock_->now());
  const auto lifetime = request.expires_in.value_or(settings_.token_lifetime);
  // Nonsense is welcome in a token; overflow is not.
  if (lifetime > kMaxLifetime || lifetime < -kMaxLifetime) {
    return refused("expires_in", "beyond 10^15 seconds");
  }
  TokenBuilder token(*key);
  if (!settings_.token_type.empty()) token.header("typ", json_quoted(settings_.token_type));
  token.claim("iss", json_quoted(identifier.empty() ? settings_.identifier : identifier));
  token.claim("sub", json_quoted(request.subject));
  if (!request.audience.empty()) token.claim("aud", json_quoted(request.audience));
  token.claim("exp", numeric_date(issued_at + lifetime));
  token.claim("iat", numeric_date(issued_at));
  token.claim("jti", json_quoted(random_text()));
  token.claim("client_id", json_quoted(kMintClientId));
  for (const auto& [name, json] : settings_.claims) token.claim(name, json);
  for (const auto& [name, json] : more) token.claim(name, json);
  for (const auto& [name, json] : request.claims) token.claim(name, json);
  if (auto chosen = choose_signature(token, request.signature, *key, *keys); !chosen) {
    return chosen.error();
  }
  for (const auto& [name, json] : request.header) token.header(name, json);
  choose_texts(token, request);
  Result<std::string> made = token.build();
  return made ? finished(std::move(made).value(), request) : made;
}

bool Issuer::serves_key_set(std::string_view path) noexcept {
  constexpr std::string_view kPerClient = "/sso/jwks/";
  return path == kJwksPath || path == "/oauth2/jwks" || path == "/sso/jwks" ||
         (path.starts_with(kPerClient) && path.size() > kPerClient.size() &&
          path.find('/', kPerClient.size()) == std::string_view::npos);
}

std::optional<HttpResponse> Issuer::respond(const HttpRequest& request, std::string_view path,
                                            const std::optional<Fault>& fault) const {
  if (!serves_key_set(path)) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") return method_not_allowed("GET, HEAD");
  const auto keys = keyring_->snapshot();
  const bool is_faulty = fault && is_key_set_fault(fault->kind);
  std::string document = is_faulty ? faulty_key_set(fault->kind, *keys) : keys->jwks;
  std::string etag = is_faulty ? etag_of(document) : keys->etag;
  HttpResponse response = matches(request.header("if-none-match").value_or(""), etag)
                              ? HttpResponse{.status = 304}
                              : json_response(200, std::move(document));
  response.with("Cache-Control",
                "public, max-age=" + std::to_string(settings_.jwks_max_age.count()));
  response.with("ETag", std::move(etag));
  return response;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
