#pragma once

// An issuer with users and clients of each kind, and a browser that goes where it is sent.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "emulator/http/form.hpp"
#include "emulator/oauth/redirect.hpp"
#include "support/catch.hpp"
#include "unit/emulator/emulated.hpp"

namespace test {

using jwks::emulator::ApplicationType;
using jwks::emulator::percent_encode;

inline constexpr const char* kIssuer = "https://issuer.example";
inline constexpr const char* kCallback = "https://web.example/callback";
inline constexpr const char* kVerifier = "0123456789-abcdefghijklmnopqrstuvwxyz_ABCDE.~";
inline const std::string kWeb = "&client_id=web&client_secret=web-secret";
inline const std::string kOther = "&client_id=other&client_secret=other-secret";
inline const std::string kApi = "&client_id=api&client_secret=api-secret";

inline std::string challenge_of(std::string_view verifier) {
  return jwks::base64url::encode(jwks::crypto::sha256(verifier).value());
}

inline EmulatorOptions oauth_options() {
  EmulatorOptions options = quick_options();
  options.issuer = kIssuer;
  options.token_lifetime = std::chrono::seconds(600);
  options.organizations = {{.name = "Acme", .id = "org_acme"}};
  options.applications = {{.name = "Web <App>",
                           .client_id = "web",
                           .client_secret = "web-secret",
                           .organization = "org_acme",
                           .audience = "orders-api",
                           .scopes = {"read", "write"},
                           .type = ApplicationType::oauth,
                           .redirect_uris = {kCallback, "https://web.example/other?x=1"}},
                          {.name = "Phone",
                           .client_id = "phone",
                           .scopes = {"read"},
                           .type = ApplicationType::oauth,
                           .redirect_uris = {"com.example.app:/callback"},
                           .is_public = true},
                          {.name = "Other",
                           .client_id = "other",
                           .client_secret = "other-secret",
                           .type = ApplicationType::oauth,
                           .redirect_uris = {kCallback}},
                          {.name = "Api",
                           .client_id = "api",
                           .client_secret = "api-secret",
                           .organization = "org_acme",
                           .scopes = {"read"}}};
  options.users = {{.email = "alice@example.com",
                    .id = "user_alice",
                    .name = "Alice Smith",
                    .password = "wonder land",
                    .claims = {{"department", R"("R&D")"}, {"sub", R"("root")"}}},
                   {.email = "bob@example.com", .id = "user_bob"}};
  return options;
}

struct OAuthWorld : Emulated {
  explicit OAuthWorld(EmulatorOptions options = oauth_options()) : Emulated(std::move(options)) {}

  HttpResponse post(std::string path, std::string form,
                    jwks::emulator::HttpHeaders more = {}) const {
    more.emplace_back("content-type", "application/x-www-form-urlencoded");
    return respond("POST", std::move(path), std::move(form), std::move(more));
  }
  HttpResponse token(std::string form) const { return post("/oauth2/token", std::move(form)); }
  HttpResponse authorize(const std::string& query) const {
    return respond("GET", "/oauth2/authorize?" + query);
  }
  /// The code that this request brings, whatever else is wrong.
  std::string code(const std::string& query) const;
  /// What the token endpoint says to a fresh code of "web" for these (encoded) scopes.
  HttpResponse sign_in(const std::string& scope) const;
  /// The same answer to a refresh token.
  HttpResponse refresh(const std::string& token, const std::string& more = kWeb) const {
    return this->token("grant_type=refresh_token&refresh_token=" + token + more);
  }
  HttpResponse introspect(const std::string& token, const std::string& more = kApi) const {
    return post("/oauth2/introspect", "token=" + token + more);
  }
  HttpResponse userinfo(const std::string& token) const {
    return respond("GET", "/oauth2/userinfo", {}, {{"authorization", "Bearer " + token}});
  }
  bool is_active(const std::string& token) const {
    return member_of(introspect(token).body, "active") == "true";
  }
};

/// A parameter of the URI that an answer redirects to; empty if there is none.
inline std::string sent_back(const HttpResponse& response, std::string_view name) {
  const std::string location = header_of(response, "Location");
  const std::size_t query = location.find('?');
  if (query == std::string::npos) return {};
  for (const auto& [each, value] : jwks::emulator::parse_form(location.substr(query + 1))) {
    if (each == name) return value;
  }
  return {};
}

/// A request of "web" for a code.
inline std::string web_request(const std::string& more = {}) {
  return "response_type=code&client_id=web&redirect_uri=" + percent_encode(kCallback) +
         "&code_challenge_method=S256&code_challenge=" + challenge_of(kVerifier) + more;
}

/// What "web" shows for a code of `web_request`.
inline std::string web_exchange(const std::string& code) {
  return "grant_type=authorization_code&code=" + code +
         "&redirect_uri=" + percent_encode(kCallback) + "&code_verifier=" + kVerifier + kWeb;
}

inline std::string OAuthWorld::code(const std::string& query) const {
  return sent_back(authorize(query), "code");
}

inline HttpResponse OAuthWorld::sign_in(const std::string& scope) const {
  return token(web_exchange(code(web_request("&scope=" + scope))));
}

/// The claims of a token that an answer has as this member.
inline std::string claims_of(const HttpResponse& response, std::string_view name = "access_token") {
  return segment_of(member_of(response.body, name), 1);
}

}  // namespace test
