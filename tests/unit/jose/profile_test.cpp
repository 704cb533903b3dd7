// Access tokens of RFC 9068 and ID tokens: the claims that they need beyond the registered ones.

#include <string>
#include <vector>

#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::TokenProfile;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::token;
using test::TokenBuilder;

namespace {

jwks::ValidationOptions options_of(TokenProfile profile) {
  jwks::ValidationOptions options = test::options();
  options.profile = profile;
  return options;
}

TokenBuilder access_token() {
  return token(es256())
      .header("typ", json_quoted("at+jwt"))
      .claim("client_id", json_quoted("web"))
      .claim("jti", json_quoted("1"));
}

std::string answer(TokenBuilder builder, const jwks::ValidationOptions& options) {
  const auto result =
      jwks::verify(builder.build().value(), es256_set(), test::policy(options), kNow);
  if (result) return "accepted";
  return std::string(to_string(result.error().code())) + " " +
         std::string(result.error().subject());
}

/// The answer to an ID token with one claim changed; an empty text removes it.
std::string id_token_with(const char* name, const std::string& json) {
  return answer(token(es256()).claim(name, json), options_of(TokenProfile::id_token));
}

std::string access_token_with(const char* name, const std::string& json) {
  return answer(access_token().claim(name, json), options_of(TokenProfile::access_token));
}

std::string text_of(std::size_t bytes) { return json_quoted(std::string(bytes, 's')); }

}  // namespace

TEST_CASE("an ID token needs iss, sub, aud, exp and iat", "[attack-113][attack-129]") {
  CHECK(id_token_with("x", "1") == "accepted");
  for (const std::string name : {"iss", "sub", "aud", "exp", "iat"}) {
    CAPTURE(name);
    CHECK(id_token_with(name.c_str(), "") == "missing_claim " + name);
  }
}

TEST_CASE("a required subject has 1 to 255 bytes", "[attack-129]") {
  for (auto* const with : {&id_token_with, &access_token_with}) {
    CHECK(with("sub", "\"\"") == "invalid_claim sub");
    CHECK(with("sub", text_of(1)) == "accepted");
    CHECK(with("sub", text_of(254)) == "accepted");
    CHECK(with("sub", text_of(255)) == "accepted");
    CHECK(with("sub", text_of(256)) == "invalid_claim sub");
    for (const char* json : {"1", "null", "[\"alice\"]", "{}"}) {
      CAPTURE(json);
      CHECK(with("sub", json) == "invalid_claim sub");
    }
  }
  CHECK(answer(token(es256()).claim("sub", text_of(256)), test::options()) == "accepted");
}

TEST_CASE("an access token names its client and itself", "[attack-133]") {
  CHECK(access_token_with("x", "1") == "accepted");
  for (const char* name : {"client_id", "jti"}) {
    for (const char* json : {"\"\"", "1", "null", "[\"web\"]"}) {
      CAPTURE(name, json);
      CHECK(access_token_with(name, json) == std::string("invalid_claim ") + name);
    }
  }
  CHECK(access_token_with("client_id", "") == "missing_claim client_id");
}

TEST_CASE("azp is the client, and there beside several audiences", "[attack-125][attack-128]") {
  const auto with = [](const char* aud, const char* azp) {
    return answer(token(es256()).claim("aud", aud).claim("azp", azp),
                  options_of(TokenProfile::id_token));
  };
  const char* const ours = R"("orders-api")";
  const char* const several = R"(["orders-api","other"])";
  CHECK(with(ours, "") == "accepted");
  CHECK(with(ours, ours) == "accepted");
  CHECK(with(R"(["orders-api"])", "") == "accepted");
  CHECK(with(several, ours) == "accepted");
  CHECK(with(several, "") == "wrong_azp azp");
  CHECK(with(R"(["orders-api","orders-api"])", "") == "wrong_azp azp");
  for (const char* azp : {R"("other")", R"("")", R"("orders-api1")", R"("ORDERS-API")"}) {
    CAPTURE(azp);
    CHECK(with(ours, azp) == "wrong_azp azp");
    CHECK(with(several, azp) == "wrong_azp azp");
  }
  for (const char* azp : {"1", "null", R"(["orders-api"])"}) {
    CAPTURE(azp);
    CHECK(with(ours, azp) == "invalid_claim azp");
  }
  // The other profiles don't know azp.
  CHECK(answer(token(es256()).claim("azp", "1"), test::options()) == "accepted");
}

TEST_CASE("one kind of JWT is not taken for another",
          "[attack-135][attack-136][attack-138][attack-139]") {
  struct Kind {
    const char* typ;
    TokenProfile profile;
  };
  const Kind kinds[] = {{"", TokenProfile::jwt},
                        {"JWT", TokenProfile::jwt},
                        {"at+jwt", TokenProfile::access_token},
                        {"logout+jwt", TokenProfile::logout_token}};
  const auto accepted = [](const std::string& typ, TokenProfile profile) {
    // It has the claims of every profile but those that others forbid.
    auto builder = access_token().header("typ", typ.empty() ? "" : json_quoted(typ));
    if (profile == TokenProfile::logout_token) {
      builder.claim("events", R"({"http://schemas.openid.net/event/backchannel-logout":{}})");
    }
    const std::string code = answer(builder, options_of(profile));
    if (code != "accepted") CHECK(code == "wrong_type typ");
    return code == "accepted";
  };
  for (const auto& [typ, own] : kinds) {
    CAPTURE(typ);
    const bool plain = own == TokenProfile::jwt;
    CHECK(accepted(typ, TokenProfile::access_token) == (own == TokenProfile::access_token));
    CHECK(accepted(typ, TokenProfile::id_token) == plain);
    CHECK(accepted(typ, TokenProfile::logout_token) ==
          (plain || own == TokenProfile::logout_token));
    CHECK(accepted(typ, TokenProfile::jwt) == (plain || own == TokenProfile::access_token));
  }
  for (const char* typ : {"dpop+jwt", "secevent+jwt", "oauth-authz-req+jwt",
                          "token-introspection+jwt", "client-authentication+jwt", "id_token"}) {
    CAPTURE(typ);
    for (const TokenProfile profile : {TokenProfile::jwt, TokenProfile::access_token,
                                       TokenProfile::id_token, TokenProfile::logout_token}) {
      CHECK_FALSE(accepted(typ, profile));
    }
  }
}

TEST_CASE("a type of its own is the only one that is taken", "[attack-137][attack-138]") {
  jwks::ValidationOptions options = test::options();
  options.token_type = "secevent+jwt";
  const auto typ = [&](const char* name) {
    return answer(token(es256()).header("typ", name), options);
  };
  CHECK(typ(R"("secevent+jwt")") == "accepted");
  CHECK(typ(R"("application/SECEVENT+JWT")") == "accepted");
  for (const char* name :
       {"", R"("")", R"("JWT")", R"("at+jwt")", R"("secevent")", R"("secevent+jwt ")",
        R"("secevent+jwt;v=1")", R"("text/secevent+jwt")", R"("secevent+jwt\u0000")"}) {
    CAPTURE(name);
    CHECK(typ(name) == "wrong_type typ");
  }
}

TEST_CASE("an ID token with events is a logout token", "[attack-139]") {
  for (const char* events :
       {R"({"http://schemas.openid.net/event/backchannel-logout":{}})", "{}", "null"}) {
    CHECK(id_token_with("events", events) == "invalid_claim events");
  }
}

TEST_CASE("a profile that does not exist accepts nothing", "[attack-135]") {
  auto options = test::options();
  options.profile = static_cast<jwks::TokenProfile>(99);
  const auto policy = test::policy(options);
  const auto refused = [&](test::TokenBuilder builder) {
    return test::refusal(builder.build().value(), test::es256_set(), policy).code();
  };
  CHECK(refused(test::token(test::es256())) == jwks::ErrorCode::bad_config);
  CHECK(refused(test::token(test::es256()).header("typ", test::json_quoted("JWT"))) ==
        jwks::ErrorCode::wrong_type);
}

TEST_CASE("a second client may be the authorized party where the policy names it", "[attack-128]") {
  auto options = test::options();
  options.profile = jwks::TokenProfile::id_token;
  options.authorized_parties = {"android-app"};
  const auto with = [&](const char* azp) {
    return answer(token(es256()).claim("azp", azp), options);
  };
  CHECK(with(R"("android-app")") == "accepted");
  CHECK(with(R"("orders-api")") == "accepted");
  CHECK(with(R"("ios-app")") == "wrong_azp azp");

  const auto refused = [](jwks::ValidationOptions bad) {
    return std::string(jwks::ValidationPolicy::create(std::move(bad)).error().subject());
  };
  options.authorized_parties = {""};
  CHECK(refused(options) == "authorized_parties");
  options.authorized_parties = {"android-app"};
  options.profile = jwks::TokenProfile::jwt;
  CHECK(refused(options) == "authorized_parties");
}
