// The tokens that a provider sends to one client: neither kind passes for the other.

#include "jwks/relying_party.hpp"

#include <string>

#include "jwks/audit.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::AuditCategory;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::RelyingParty;
using jwks::RelyingPartyOptions;
using jwks::Result;
using std::chrono::seconds;
using test::Issuer;
using test::json_quoted;
using test::key_a;
using test::key_b;
using test::TokenBuilder;

constexpr std::string_view kClient = "shop";
constexpr const char* kLogoutEvents =
    R"({"http://schemas.openid.net/event/backchannel-logout":{}})";

RelyingPartyOptions options_of(const Issuer& issuer) {
  auto verifier = issuer.options({.background_refresh = false});
  verifier.issuer.clear();
  verifier.audiences.clear();
  return {.issuer = issuer.name, .client_id = std::string(kClient), .verifier = verifier};
}

RelyingParty loaded(const Issuer& issuer) {
  auto made = RelyingParty::create(options_of(issuer)).value();
  made.verifier().warm_up(seconds(5)).value();
  return made;
}

TokenBuilder id_token(const test::SigningKey& signer = key_a()) {
  return test::lasting_token(signer)
      .claim("aud", json_quoted(kClient))
      .claim("nonce", json_quoted("n-0S6"));
}

TokenBuilder logout_token(const test::SigningKey& signer = key_a()) {
  return test::token(signer)
      .header("typ", json_quoted("logout+jwt"))
      .claim("aud", json_quoted(kClient))
      .claim("jti", json_quoted("l-1"))
      .claim("sid", json_quoted("s-1"))
      .claim("events", kLogoutEvents);
}

template <class T>
std::string answer(const Result<T>& outcome) {
  if (outcome) return "accepted";
  return std::string(to_string(outcome.error().code())) + " " +
         std::string(outcome.error().subject());
}

}  // namespace

TEST_CASE("both kinds of token are verified with the same keys", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  const auto sign_in = client.verify_id_token(id_token().build().value(), {.nonce = "n-0S6"});
  REQUIRE(sign_in);
  CHECK(sign_in->claims().subject() == "alice");
  const auto logout = client.verify_logout_token(logout_token().build().value());
  REQUIRE(logout);
  CHECK(logout->subject == "alice");
  CHECK(logout->session_id == "s-1");
  CHECK(logout->token_id == "l-1");
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("a logout token names a user, a session or both", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  const auto user = client.verify_logout_token(
      logout_token().claim("sid", "").claim("jti", R"("a")").build().value());
  REQUIRE(user);
  CHECK(user->subject == "alice");
  CHECK(user->session_id.empty());
  const auto session = client.verify_logout_token(
      logout_token().claim("sub", "").claim("jti", R"("b")").build().value());
  REQUIRE(session);
  CHECK(session->subject.empty());
  CHECK(session->session_id == "s-1");
  CHECK(answer(client.verify_logout_token(
            logout_token().claim("sub", "").claim("sid", "").build().value())) ==
        "missing_claim sub");
}

TEST_CASE("a logout token is no ID token, and an ID token no logout token", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  const auto as_id_token = [&](TokenBuilder builder) {
    return answer(client.verify_id_token(builder.build().value(), {}));
  };
  const auto as_logout_token = [&](TokenBuilder builder) {
    return answer(client.verify_logout_token(builder.build().value()));
  };
  CHECK(as_id_token(logout_token()) == "wrong_type typ");
  // Older providers give both the same type: then the claims tell them apart.
  CHECK(as_id_token(logout_token().header("typ", R"("JWT")")) == "invalid_claim events");
  CHECK(as_logout_token(id_token()) == "missing_claim jti");
  CHECK(as_logout_token(id_token().claim("jti", R"("i")")) == "missing_claim events");
  CHECK(as_logout_token(logout_token().claim("nonce", R"("n")")) == "invalid_claim nonce");
}

TEST_CASE("an access token is neither", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  const std::string access_token = id_token()
                                       .header("typ", R"("at+jwt")")
                                       .claim("jti", R"("t")")
                                       .claim("client_id", json_quoted(kClient))
                                       .claim("events", kLogoutEvents)
                                       .build()
                                       .value();
  CHECK(answer(client.verify_id_token(access_token, {.nonce = "n-0S6"})) == "wrong_type typ");
  CHECK(answer(client.verify_logout_token(access_token)) == "wrong_type typ");
  const auto api = client.verifier().sharing_keys({.audiences = {std::string(kClient)}}).value();
  CHECK(api.verify(access_token));
}

TEST_CASE("a logout token is accepted once", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  const std::string token = logout_token().build().value();
  CHECK(client.verify_logout_token(token));
  const auto again = client.verify_logout_token(token);
  CHECK(answer(again) == "replayed jti");
  CHECK(audit_category(again.error()) == AuditCategory::replayed);
  CHECK(client.verify_logout_token(logout_token().claim("jti", R"("l-2")").build().value()));
}

TEST_CASE("clients that share a replay cache accept a logout token once", "[oidc]") {
  const Issuer issuer;
  auto options = options_of(issuer);
  options.logout_replay_cache = jwks::make_memory_replay_cache(100).value();
  const auto one = RelyingParty::create(options).value();
  const auto two = RelyingParty::create(options).value();
  const std::string token = logout_token().build().value();
  CHECK(one.verify_logout_token(token));
  CHECK(answer(two.verify_logout_token(token)) == "replayed jti");
  // ID tokens are not remembered.
  const std::string sign_in = id_token().claim("jti", R"("l-1")").build().value();
  CHECK(one.verify_id_token(sign_in, {.nonce = "n-0S6"}));
  CHECK(one.verify_id_token(sign_in, {.nonce = "n-0S6"}));
}

TEST_CASE("an ID token is compared with its sign-in, at the clock's time", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  const auto with = [&](const jwks::IdTokenPolicy& policy) {
    return answer(client.verify_id_token(id_token().build().value(), policy));
  };
  CHECK(with({.nonce = "n-0S6"}) == "accepted");
  CHECK(with({.client_id = kClient, .nonce = "n-0S6"}) == "accepted");
  CHECK(with({.client_id = "other", .nonce = "n-0S6"}) == "bad_config client_id");
  CHECK(with({.nonce = "other"}) == "wrong_nonce nonce");
  CHECK(with({}) == "wrong_nonce nonce");
  CHECK(with({.nonce = "n-0S6", .code = "c", .require_hashes = true}) == "wrong_hash c_hash");
  CHECK(with({.nonce = "n-0S6", .iat_window = seconds(300)}) == "accepted");
  issuer.clock->advance(seconds(351));
  CHECK(with({.nonce = "n-0S6", .iat_window = seconds(300)}) == "too_old iat");
}

TEST_CASE("a sign-in that does not fit is told with the token's key", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  const auto refused = client.verify_id_token(id_token().build().value(), {.nonce = "other"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().key_id() == key_a().key_id());
  CHECK(refused.error().algorithm() == jwks::Algorithm::es256);
  CHECK(audit_category(refused) == AuditCategory::sign_in_mismatch);
}

TEST_CASE("further authorized parties are those of the options", "[oidc]") {
  const Issuer issuer;
  auto options = options_of(issuer);
  options.verifier.validation.authorized_parties = {"app"};
  const auto client = RelyingParty::create(options).value();
  const std::string token = id_token().claim("azp", R"("app")").claim("nonce", "").build().value();
  CHECK(client.verify_id_token(token, {}));
  CHECK(answer(client.verify_id_token(token, {.client_id = kClient})) == "wrong_azp azp");
  CHECK(client.verify_logout_token(logout_token().build().value()));
}

TEST_CASE("an ID token for somebody else as well is refused unless the options trust them",
          "[oidc]") {
  const Issuer issuer;
  const std::string two =
      id_token().claim("aud", R"(["shop","evil"])").claim("azp", R"("shop")").build().value();
  const auto client = loaded(issuer);
  CHECK(answer(client.verify_id_token(two, {.nonce = "n-0S6"})) == "wrong_audience aud");
  CHECK(answer(client.verify_id_token(two, {.client_id = kClient, .nonce = "n-0S6"})) ==
        "wrong_audience aud");
  CHECK(client.verify_id_token(two, {.trusted_audiences = {"evil"}, .nonce = "n-0S6"}));

  auto options = options_of(issuer);
  options.trusted_audiences = {"billing", "evil"};
  const auto trusting = RelyingParty::create(options).value();
  CHECK(trusting.verify_id_token(two, {.nonce = "n-0S6"}));
  CHECK(trusting.verify_id_token(two, {.client_id = kClient, .nonce = "n-0S6"}));
}

TEST_CASE("what is asked of ID tokens is not asked of logout tokens", "[oidc]") {
  const Issuer issuer;
  auto options = options_of(issuer);
  auto& validation = options.verifier.validation;
  validation.required_claims = {"nonce", "email"};
  validation.max_token_age = seconds(5);
  validation.subject = "bob";
  validation.validators = {{"never", [](const jwks::Claims&) -> Result<void> {
                              return jwks::Error(ErrorCode::custom);
                            }}};
  const auto client = RelyingParty::create(options).value();
  CHECK(answer(client.verify_id_token(id_token().build().value(), {})) == "missing_claim email");
  CHECK(client.verify_logout_token(logout_token().build().value()));
}

TEST_CASE("an algorithm that was not registered is refused for both kinds of token", "[oidc]") {
  const Issuer issuer;
  const auto& rsa = test::key(jwks::Algorithm::rs256);
  issuer.publish({key_a(), rsa});
  auto options = options_of(issuer);
  options.verifier.validation.algorithms = {jwks::Algorithm::es256};
  const auto client = RelyingParty::create(options).value();
  const auto refused = client.verify_id_token(id_token(rsa).build().value(), {.nonce = "n-0S6"});
  CHECK(answer(refused) == "alg_not_allowed alg");
  CHECK(audit_category(refused) == AuditCategory::algorithm_downgrade);
  CHECK(answer(client.verify_logout_token(logout_token(rsa).build().value())) ==
        "alg_not_allowed alg");
  CHECK(client.verify_id_token(id_token().build().value(), {.nonce = "n-0S6"}));
}

TEST_CASE("a rotation is over once either kind of token has met it", "[oidc]") {
  const Issuer issuer;
  const auto client = loaded(issuer);
  issuer.publish({key_a(), key_b()});
  CHECK(client.verify_logout_token(logout_token(key_b()).build().value()));
  const auto sign_in =
      client.verify_id_token(id_token(key_b()).build().value(), {.nonce = "n-0S6"});
  REQUIRE(sign_in);
  CHECK_FALSE(sign_in->key_refreshed());
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("options that contradict each other are named") {
  const Issuer issuer;
  const auto with = [&](auto change) {
    auto options = options_of(issuer);
    change(options);
    return answer(RelyingParty::create(options));
  };
  CHECK(with([](auto&) {}) == "accepted");
  CHECK(with([](auto& o) { o.issuer.clear(); }) == "bad_config issuer");
  CHECK(with([](auto& o) { o.client_id.clear(); }) == "bad_config client_id");
  CHECK(with([](auto& o) { o.verifier.issuer = o.issuer; }) == "bad_config verifier.issuer");
  CHECK(with([](auto& o) { o.verifier.audiences = {"x"}; }) == "bad_config verifier.audiences");
  CHECK(with([](auto& o) { o.verifier.validation.issuer = o.issuer; }) ==
        "bad_config verifier.validation.issuer");
  CHECK(with([](auto& o) { o.verifier.validation.audiences = {"x"}; }) ==
        "bad_config verifier.validation.audiences");
  CHECK(with([](auto& o) { o.verifier.validation.allow_any_issuer = true; }) ==
        "bad_config verifier.validation.allow_any_issuer");
  CHECK(with([](auto& o) { o.verifier.validation.allow_any_audience = true; }) ==
        "bad_config verifier.validation.allow_any_audience");
  CHECK(with([](auto& o) { o.verifier.validation.profile = jwks::TokenProfile::access_token; }) ==
        "bad_config verifier.validation.profile");
  CHECK(with([](auto& o) { o.verifier.validation.token_type = "jwt"; }) ==
        "bad_config verifier.token_type");
  CHECK(with([](auto& o) { o.verifier.validation.clock_skew = seconds(-1); }) ==
        "bad_config verifier.clock_skew");
  CHECK(with([](auto& o) { o.verifier.jwks_uri = "http://x.example"; }) ==
        "bad_config verifier.jwks_uri");
  CHECK(with([](auto& o) {
          o.verifier.jwks_uri.clear();
          o.issuer = "no URL";
        }) == "bad_config issuer");
}

TEST_CASE("a relying party can be moved and replaced") {
  const Issuer first;
  const Issuer second("https://second.example");
  auto client = loaded(first);
  RelyingParty moved(std::move(client));
  CHECK(moved.verify_id_token(id_token().build().value(), {.nonce = "n-0S6"}));
  moved = loaded(second);
  CHECK(answer(moved.verify_id_token(id_token().build().value(), {.nonce = "n-0S6"})) ==
        "wrong_issuer iss");
}
