// The authenticator that environment variables ask for: modes, the order of the sources, issuer and
// audience.

#include <string>
#include <utility>
#include <vector>

#include "unit/auth/environment_fixture.hpp"

using namespace environment;

// --- AUTH_MODE ---

TEST_CASE("the mode is trimmed and in any case", "[smooth-operator]") {
  const auto mode = [](const char* value) {
    return mode_of({{"AUTH_MODE", value}, {"AUTH_JWT_HS256_SECRET", kSecret}});
  };
  for (const char* jwt : {"jwt", "JWT", " Jwt\t", "jwt\r\n", "", "  "}) {
    CAPTURE(jwt);
    CHECK(mode(jwt) == "secret");
  }
  CHECK(mode("trusted") == "trusted");
  CHECK(mode(" TRUSTED ") == "trusted");
  CHECK(mode("None\n") == "none");
}

TEST_CASE("any other mode is an error that names the allowed ones", "[smooth-operator]") {
  for (const char* value : {"jwts", "off", "disabled", "no ne", "jwt,none", "0", "false", "-"}) {
    CAPTURE(value);
    const auto made = configure({{"AUTH_MODE", value}, {"AUTH_JWT_ISSUER", "https://a.example"}});
    CHECK(fault_of(made) == "AUTH_MODE");
    if (!made) CHECK(made.error().detail() == "unknown; it must be jwt, smoo, trusted or none");
  }
}

TEST_CASE("without a mode and a source everybody is refused", "[smooth-operator]") {
  for (const Map& variables :
       {Map{}, Map{{"AUTH_MODE", ""}, {"AUTH_JWT_ISSUER", ""}},
        Map{{"AUTH_JWT_AUDIENCE", "orders-api"}, {"AUTH_DEV_ORG_ID", "org"}}}) {
    const auto made = configure(variables);
    REQUIRE(made);
    CHECK(made->authenticator->mode() == "disabled");
    CHECK(answer(*made, test::token_of(key_a())).starts_with("unknown_key"));
    CHECK(answer(*made, "").starts_with("unknown_key"));
    CHECK(has_note(*made, "every token is refused"));
    CHECK(has_note(*made,
                   "AUTH_JWT_ISSUER, AUTH_JWT_JWKS_URL, AUTH_JWT_RS256_PUBLIC_KEY, "
                   "AUTH_JWT_HS256_SECRET"));
  }
}

TEST_CASE("an explicit jwt without a source fails hard", "[smooth-operator]") {
  const auto made = configure({{"AUTH_MODE", "jwt"}, {"AUTH_JWT_AUDIENCE", "orders-api"}});
  CHECK(fault_of(made) == "AUTH_MODE");
  REQUIRE_FALSE(made);
  CHECK(made.error().detail() ==
        "jwt needs keys: set one of AUTH_JWT_ISSUER, AUTH_JWT_JWKS_URL, "
        "AUTH_JWT_RS256_PUBLIC_KEY, AUTH_JWT_HS256_SECRET");
}

TEST_CASE("smoo without an issuer fails hard, whatever keys there are", "[smooth-operator]") {
  for (const Map& keys :
       {Map{}, Map{{"AUTH_JWT_JWKS_URL", "https://a.example/jwks"}},
        Map{{"AUTH_JWT_HS256_SECRET", kSecret}}, Map{{"AUTH_JWT_RS256_PUBLIC_KEY", rsa_pem()}}}) {
    Map variables = keys;
    variables["AUTH_MODE"] = "smoo";
    const auto made = configure(variables);
    CHECK(fault_of(made) == "AUTH_JWT_ISSUER");
    if (!made) CHECK(made.error().detail() == "AUTH_MODE=smoo needs it: set the expected issuer");
  }
}

TEST_CASE("smoo with an issuer takes its tokens", "[smooth-operator]") {
  const World world{
      .variables = {{"AUTH_MODE", "smoo"}, {"AUTH_JWT_ISSUER", std::string(test::kIssuer)}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(made->authenticator->mode() == "jwks");
  CHECK(answer(*made, test::token_of(key_a())) == "alice");
}

// --- Sources ---

TEST_CASE("ES256 through the published keys becomes a principal", "[smooth-operator]") {
  World world{.variables = {{"AUTH_JWT_ISSUER", std::string(test::kIssuer)},
                            {"AUTH_JWT_AUDIENCE", "orders-api"}}};
  auto environment = world.environment();
  environment.mapper = jwks::PrincipalMapper::create({.required = {"org_id", "role"},
                                                      .role_order = {"basic", "curator", "admin"}})
                           .value();
  const auto made = authenticator_from_env(environment);
  REQUIRE(made);
  const auto token = [](const char* role) {
    return test::lasting_token(key_a())
        .claim("org", R"("org_1")")
        .claim("role", role)
        .claim("email", R"("  ")")
        .build()
        .value();
  };
  const auto principal = made->authenticator->authenticate(token(R"("curator")"));
  REQUIRE(principal);
  CHECK(principal->user_id == "alice");
  CHECK(principal->org_id == "org_1");
  CHECK(principal->role == "curator");
  CHECK(principal->email.empty());
  CHECK(principal->issuer == test::kIssuer);
  CHECK(principal->evidence.verified);
  CHECK(principal->evidence.algorithm == Algorithm::es256);
  CHECK(answer(*made, token(R"("owner")")) == "invalid_claim role");
  CHECK(answer(*made, token("")) == "missing_claim role");
}

TEST_CASE("an issuer alone builds the URL of its keys", "[smooth-operator]") {
  for (const auto& [issuer, url] : std::vector<std::pair<std::string, std::string>>{
           {"https://one.example", "https://one.example/.well-known/jwks.json"},
           {"https://one.example/", "https://one.example/.well-known/jwks.json"},
           {"https://one.example/t/x", "https://one.example/t/x/.well-known/jwks.json"},
           {"https://one.example/t/x/", "https://one.example/t/x/.well-known/jwks.json"}}) {
    CAPTURE(issuer);
    const World world{.variables = {{"AUTH_JWT_ISSUER", issuer}}};
    const auto made = world.configure();
    REQUIRE(made);
    CHECK(fetched_url(world, *made) == url);
    CHECK(has_note(*made, "published at AUTH_JWT_ISSUER + /.well-known/jwks.json"));
    // The slash is part of the issuer all the same.
    CHECK(answer(*made, Issuer(issuer).token(key_a())) == "alice");
    CHECK(answer(*made, Issuer(issuer + "/").token(key_a())) == "wrong_issuer iss");
  }
}

TEST_CASE("a JWKS URL comes before the issuer's own", "[smooth-operator]") {
  const World world{.variables = {{"AUTH_JWT_ISSUER", std::string(test::kIssuer)},
                                  {"AUTH_JWT_JWKS_URL", "https://keys.example/set"}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(fetched_url(world, *made) == "https://keys.example/set");
  CHECK(has_note(*made, "the URL in AUTH_JWT_JWKS_URL"));
  CHECK(answer(*made, test::token_of(key_a())) == "alice");
  CHECK(answer(*made, Issuer("https://x.example").token(key_a())) == "wrong_issuer iss");
  CHECK_FALSE(has_note(*made, "has no effect"));  // the issuer still says whose tokens
}

TEST_CASE("a JWKS URL needs no issuer, and then takes tokens of any", "[smooth-operator]") {
  const World world{.variables = {{"AUTH_JWT_JWKS_URL", "https://keys.example/set"}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(has_note(*made, "AUTH_JWT_ISSUER is not set"));
  CHECK(answer(*made, Issuer("https://x.example").token(key_a())) == "alice");
  CHECK(answer(*made, token_without("iss")) == "alice");
}

TEST_CASE("a static public key takes RS256 and nothing else", "[smooth-operator]") {
  const World world{.variables = {{"AUTH_JWT_RS256_PUBLIC_KEY", rsa_pem()}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(made->authenticator->mode() == "public_key");
  CHECK(answer(*made, test::token_of(rsa())) == "alice");
  CHECK(answer(*made, test::token_of(key_a())) == "alg_not_allowed alg");
  const auto rs512 =
      test::lasting_token(rsa()).header("alg", R"("RS512")").sign_with(rsa(), Algorithm::rs512);
  CHECK(answer(*made, rs512.build().value()) == "alg_not_allowed alg");
  CHECK(world.issuer.fetcher->calls() == 0);
}

TEST_CASE("a public key may have its line breaks written as two characters", "[smooth-operator]") {
  std::string pem = rsa_pem();
  for (std::size_t at = 0; (at = pem.find('\n', at)) != std::string::npos; ++at)
    pem.replace(at, 1, "\\n");
  REQUIRE(pem.find('\n') == std::string::npos);
  const World world{.variables = {{"AUTH_JWT_RS256_PUBLIC_KEY", pem}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(answer(*made, test::token_of(rsa())) == "alice");
}

TEST_CASE("a static secret takes HS256 and nothing else", "[smooth-operator]") {
  const World world{.variables = {{"AUTH_JWT_HS256_SECRET", kSecret}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(made->authenticator->mode() == "secret");
  CHECK(answer(*made, hmac_token().build().value()) == "alice");
  CHECK(answer(*made, test::token_of(rsa())) == "alg_not_allowed alg");
  CHECK(world.issuer.fetcher->calls() == 0);
}

TEST_CASE("of several sources the first counts, and the others are noted", "[smooth-operator]") {
  World world{.variables = {{"AUTH_JWT_ISSUER", std::string(test::kIssuer)},
                            {"AUTH_JWT_JWKS_URL", "https://keys.example/set"},
                            {"AUTH_JWT_HS256_SECRET", kSecret},
                            {"AUTH_JWT_RS256_PUBLIC_KEY", rsa_pem()}}};
  const auto first = world.configure();
  REQUIRE(first);
  CHECK(first->authenticator->mode() == "public_key");
  CHECK(has_note(*first, "the key in AUTH_JWT_RS256_PUBLIC_KEY"));
  CHECK(has_note(*first,
                 "AUTH_JWT_HS256_SECRET is set and has no effect: "
                 "AUTH_JWT_RS256_PUBLIC_KEY comes before it"));
  CHECK(has_note(*first,
                 "AUTH_JWT_JWKS_URL is set and has no effect: "
                 "AUTH_JWT_RS256_PUBLIC_KEY comes before it"));
  CHECK(answer(*first, hmac_token().build().value()) == "alg_not_allowed alg");

  world.variables["AUTH_JWT_RS256_PUBLIC_KEY"] = "";
  const auto second = world.configure();
  REQUIRE(second);
  CHECK(second->authenticator->mode() == "secret");
  CHECK(has_note(*second,
                 "AUTH_JWT_JWKS_URL is set and has no effect: "
                 "AUTH_JWT_HS256_SECRET comes before it"));
  CHECK(has_note(*second, "AUTH_JWT_RS256_PUBLIC_KEY is set but empty, which counts as not set"));
  CHECK_FALSE(has_note(*second, "AUTH_JWT_RS256_PUBLIC_KEY is set and"));

  world.variables.erase("AUTH_JWT_HS256_SECRET");
  const auto third = world.configure();
  REQUIRE(third);
  CHECK(third->authenticator->mode() == "jwks");
  CHECK_FALSE(has_note(*third, "has no effect"));
  CHECK(world.issuer.fetcher->calls() <= 1);  // the first two asked nobody
}

TEST_CASE("smoo has the same order of sources", "[smooth-operator]") {
  const auto made = configure({{"AUTH_MODE", "smoo"},
                               {"AUTH_JWT_ISSUER", std::string(test::kIssuer)},
                               {"AUTH_JWT_JWKS_URL", "https://keys.example/set"},
                               {"AUTH_JWT_HS256_SECRET", kSecret}});
  REQUIRE(made);
  CHECK(made->authenticator->mode() == "secret");
  CHECK(has_note(*made, "AUTH_JWT_JWKS_URL is set and has no effect"));
}

// --- Issuer and audience ---

TEST_CASE("with an issuer and an audience a token needs both", "[smooth-operator]") {
  World world{.variables = {{"AUTH_JWT_ISSUER", std::string(test::kIssuer)},
                            {"AUTH_JWT_AUDIENCE", "orders-api"}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(answer(*made, test::token_of(key_a())) == "alice");
  CHECK(answer(*made, token_without("iss")) == "missing_claim iss");
  CHECK(answer(*made, token_without("aud")) == "missing_claim aud");
  CHECK(answer(*made, token_without("exp")) == "missing_claim exp");
  CHECK(answer(*made, test::lasting_token(key_a()).claim("aud", R"("billing")").build().value()) ==
        "wrong_audience aud");
  CHECK_FALSE(has_note(*made, "not checked"));

  // The same with static keys.
  world.variables["AUTH_JWT_HS256_SECRET"] = kSecret;
  const auto fixed = world.configure();
  REQUIRE(fixed);
  const auto without = [](const char* claim) {
    return hmac_token().claim(claim, "").build().value();
  };
  CHECK(answer(*fixed, hmac_token().build().value()) == "alice");
  CHECK(answer(*fixed, without("iss")) == "missing_claim iss");
  CHECK(answer(*fixed, without("aud")) == "missing_claim aud");
}

TEST_CASE("what is not checked is noted", "[smooth-operator]") {
  const World world{.variables = {{"AUTH_JWT_HS256_SECRET", kSecret}}};
  const auto made = world.configure();
  REQUIRE(made);
  CHECK(
      has_note(*made, "WARNING: AUTH_JWT_ISSUER is not set: the issuer of tokens is not checked"));
  CHECK(has_note(*made,
                 "WARNING: AUTH_JWT_AUDIENCE is not set: the audience of tokens is not checked"));
  CHECK(warnings_of(*made) == 2);
  CHECK(answer(*made, hmac_token().claim("iss", "").claim("aud", "").build().value()) == "alice");
}

TEST_CASE("a variable that is set but empty is noted where it would matter") {
  constexpr const char* kMatter[] = {"AUTH_JWT_ISSUER", "AUTH_JWT_AUDIENCE", "AUTH_JWT_JWKS_URL",
                                     "AUTH_JWT_RS256_PUBLIC_KEY", "AUTH_JWT_HS256_SECRET"};
  const auto is_noted = [](Map variables, const char* name) {
    const auto made = configure(std::move(variables));
    REQUIRE(made);
    return has_note(*made, std::string(name) + " is set but empty, which counts as not set");
  };
  for (const char* name : kMatter) {
    CAPTURE(name);
    const bool is_issuer = std::string_view(name) == "AUTH_JWT_ISSUER";
    const Map source{{is_issuer ? "AUTH_JWT_JWKS_URL" : "AUTH_JWT_ISSUER", "https://a.example"}};
    Map with_empty = source;
    with_empty[name] = "";
    CHECK(is_noted(with_empty, name));
    CHECK_FALSE(is_noted(source, name));
    CHECK(is_noted({{name, ""}}, name));  // nothing is configured
    CHECK_FALSE(is_noted({{"AUTH_MODE", "none"}, {name, ""}}, name));
    CHECK_FALSE(is_noted({{"AUTH_MODE", "trusted"}, {name, ""}}, name));
  }
}

TEST_CASE("audiences are separated by commas, and white space is none of them",
          "[smooth-operator]") {
  const World world{.variables = {{"AUTH_JWT_ISSUER", std::string(test::kIssuer)},
                                  {"AUTH_JWT_AUDIENCE", " orders-api , billing-api"}}};
  const auto made = world.configure();
  REQUIRE(made);
  const auto with = [&](const char* audience) {
    return answer(*made, test::lasting_token(key_a()).claim("aud", audience).build().value());
  };
  CHECK(with(R"("orders-api")") == "alice");
  CHECK(with(R"("billing-api")") == "alice");
  CHECK(with(R"("orders-api , billing-api")") == "wrong_audience aud");
  CHECK(with(R"("")") == "wrong_audience aud");
  for (const char* list : {",", "a,", ",a", "a,,b", " ", "a, ,b"}) {
    CAPTURE(list);
    CHECK(fault_of({{"AUTH_JWT_ISSUER", "https://a.example"}, {"AUTH_JWT_AUDIENCE", list}}) ==
          "AUTH_JWT_AUDIENCE");
  }
}
