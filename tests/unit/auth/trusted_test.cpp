// A proxy's word: claims without a signature, and what is still checked of them.

#include <memory>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "unit/auth/authenticators.hpp"

namespace {

using jwks::AuditCategory;
using jwks::AuthenticatorPtr;
using jwks::ErrorCode;
using jwks::PrincipalMapper;
using test::answer_of;
using test::kNow;
using test::refusal_of;

AuthenticatorPtr trusted(const PrincipalMapper& mapper = {}) {
  return jwks::make_trusted_authenticator(mapper, std::make_shared<test::FakeClock>(kNow)).value();
}

std::string identity(std::string_view json) { return jwks::base64url::encode(json); }

std::string answer(std::string_view json) {
  return answer_of(trusted()->authenticate(identity(json)));
}

std::string with_time(std::string_view claim, int seconds_from_now) {
  return R"({"sub":"alice",")" + std::string(claim) +
         "\":" + jwks::emulator::numeric_date(kNow + std::chrono::seconds(seconds_from_now)) + "}";
}

}  // namespace

TEST_CASE("the claims of a proxy become a caller, and nothing is said to be verified") {
  const auto auth = trusted(PrincipalMapper::create({.role_order = {"basic", "admin"}}).value());
  CHECK(auth->mode() == "trusted");
  const auto caller = auth->authenticate(
      identity(R"({"sub":"alice","org":"acme","role":"admin","scope":"a b","email":" ",)"
               R"("iss":"https://issuer.example","jti":"t-1","exp":1750000300})"));
  REQUIRE(caller);
  CHECK(caller->user_id == "alice");
  CHECK(caller->org_id == "acme");
  CHECK(caller->role == "admin");
  CHECK(caller->scopes == std::vector<std::string>{"a", "b"});
  CHECK(caller->email.empty());
  CHECK(caller->issuer == "https://issuer.example");
  CHECK(caller->token_id == "t-1");
  REQUIRE(caller->expires_at);
  CHECK(caller->expires_at->seconds == 1'750'000'300);
  CHECK_FALSE(caller->evidence.verified);
  CHECK_FALSE(caller->evidence.algorithm);
  CHECK(caller->evidence.key_id.empty());
  CHECK(jwks::audit_category(*caller) == AuditCategory::accepted_unverified);
  CHECK(auth->health() == jwks::HealthStatus::healthy);
  CHECK(auth->metrics().empty());
}

TEST_CASE("an identity is read by the default names, whatever the claims of tokens are called") {
  // The proxy had this very mapper, and a token with "level": "basic" of a member of ops.
  const auto mapper = PrincipalMapper::create({.user_id = {"uid"},
                                               .org_id = {"tenant.id"},
                                               .role = {"level"},
                                               .groups = {"teams"},
                                               .scopes = {"rights"},
                                               .email = {"mail"},
                                               .required = {"org_id", "role"},
                                               .role_order = {"basic", "admin"},
                                               .group_roles = {{"ops", "admin"}},
                                               .require_verified_email = true})
                          .value();
  const auto auth = trusted(mapper);
  const auto caller = auth->authenticate(
      identity(R"({"sub":"alice","org":"acme","role":"basic","groups":["ops"],"scope":["a"],)"
               R"("email":"alice@example.com"})"));
  REQUIRE(caller);
  CHECK(caller->user_id == "alice");
  CHECK(caller->org_id == "acme");
  CHECK(caller->role == "basic");
  CHECK_FALSE(mapper.require_role(*caller, "admin"));
  CHECK(caller->groups == std::vector<std::string>{"ops"});
  CHECK(caller->scopes == std::vector<std::string>{"a"});
  CHECK(caller->email == "alice@example.com");

  CHECK(answer_of(auth->authenticate(identity(
            R"({"sub":"alice","org":"acme","role":"basic","level":"admin"})"))) == "alice");
  const auto refused = [&auth](std::string_view json) {
    const auto error = refusal_of(auth->authenticate(identity(json)));
    return std::string(to_string(error.code())) + " " + std::string(error.subject());
  };
  // Without a role it has none: neither its groups' nor one by another name.
  CHECK(refused(R"({"sub":"alice","org":"acme","groups":["ops"],"level":"admin"})") ==
        "missing_claim role");
  CHECK(refused(R"({"sub":"alice","role":"basic"})") == "missing_claim org");
  CHECK(refused(R"({"uid":"alice","org":"acme","role":"basic"})") == "missing_claim sub");
  CHECK(refused(R"({"sub":"alice","org":"acme","role":"root"})") == "invalid_claim role");
}

TEST_CASE("the word of a proxy needs neither an issuer nor an audience nor an end") {
  CHECK(answer(R"({"sub":"alice"})") == "alice");
  CHECK(answer(R"({"sub":"alice","iss":"anybody","aud":["x","y"]})") == "alice");
}

TEST_CASE("the word of a proxy is held to the rules of its mapper") {
  CHECK(answer("{}") == "missing_claim");
  CHECK(answer(R"({"sub":" "})") == "missing_claim");
  CHECK(answer(R"({"sub":1})") == "invalid_claim");
  CHECK(answer(R"({"sub":"alice\u0000"})") == "invalid_claim");
  CHECK(answer(R"({"sub":"alice","roles":[1]})") == "invalid_claim");
  const auto ordered = trusted(PrincipalMapper::create({.role_order = {"basic"}}).value());
  CHECK(answer_of(ordered->authenticate(identity(R"({"sub":"alice","role":"root"})"))) ==
        "invalid_claim");
}

TEST_CASE("the word of a proxy ends with its expiry, with the usual tolerance") {
  CHECK(answer(with_time("exp", 300)) == "alice");
  CHECK(answer(with_time("exp", -59)) == "alice");
  CHECK(answer(with_time("exp", -60)) == "expired");
  CHECK(answer(with_time("exp", -100'000)) == "expired");
  CHECK(answer(with_time("nbf", 61)) == "not_yet_valid");
  CHECK(answer(with_time("iat", 61)) == "issued_in_future");
}

TEST_CASE("registered claims of a wrong type are refused without a signature too") {
  for (const char* wrong :
       {R"("exp":"1750000300")", R"("exp":null)", R"("exp":true)", R"("exp":-1)", R"("exp":1e300)",
        R"("nbf":"0")", R"("iat":{})", R"("iss":1)", R"("iss":null)", R"("jti":[])", R"("aud":{})",
        R"("aud":[1])"}) {
    CAPTURE(wrong);
    CHECK(answer(R"({"sub":"alice",)" + std::string(wrong) + "}") == "invalid_claim");
  }
}

TEST_CASE("an identity that is not strict base64url of a strict JSON object is refused") {
  const auto auth = trusted();
  const auto code_of = [&auth](std::string_view text) {
    const auto error = refusal_of(auth->authenticate(text));
    CHECK(error.subject() == "identity");
    return std::string(to_string(error.code()));
  };
  const std::string good = identity(R"({"sub":"alice"})");
  REQUIRE(answer_of(auth->authenticate(good)) == "alice");
  for (const std::string& bad : {good + "=", good + "\n", " " + good, good + "A", good + "+/",
                                 std::string(R"({"sub":"alice"})")}) {
    CAPTURE(bad);
    CHECK(code_of(bad) == "bad_base64url");
  }
  for (const char* bad :
       {"", "[]", R"("alice")", "null", R"({"sub":"alice")", R"({"sub":"alice"}x)",
        R"({'sub':'alice'})", "{\"sub\":\"al\xFFice\"}", "\xEF\xBB\xBF{}"}) {
    CAPTURE(bad);
    CHECK(code_of(identity(bad)) == "bad_json");
  }
  CHECK(code_of(identity(R"({"sub":"alice","sub":"root"})")) == "duplicate_member");
  CHECK(code_of(identity(R"({"sub":"alice","s\u0075b":"root"})")) == "duplicate_member");
}

TEST_CASE("an identity is as long as a token at most") {
  const auto padded = [](std::size_t bytes) {
    std::string json = R"({"sub":"alice"})";
    return identity(json + std::string(bytes - json.size(), ' '));
  };
  const std::size_t most = jwks::base64url::decoded_size(jwks::kMaxTokenBytes);
  CHECK(answer_of(trusted()->authenticate(padded(most))) == "alice");
  CHECK(answer_of(trusted()->authenticate(padded(most + 1))) == "too_large");
}

TEST_CASE("a token is no proxy's word, whoever signed it") {
  const std::string token = test::token_of(test::key_a());
  CHECK(answer_of(trusted()->authenticate(token)) == "bad_base64url");
  // Its payload alone is, but it says so without a signature: that is what the mode means.
  CHECK(answer_of(trusted()->authenticate(
            test::token(test::key_a()).without_signature().build().value())) == "bad_base64url");
}

TEST_CASE("a proxy's word is no token, for published keys as for static ones") {
  const test::Issuer issuer;
  const auto published =
      jwks::make_jwks_authenticator(issuer.options({.background_refresh = false})).value();
  const auto fixed = jwks::make_static_authenticator(test::key_set({test::key_a()}),
                                                     test::options(), {}, issuer.clock)
                         .value();
  const std::string word = identity(
      R"({"sub":"alice","iss":"https://issuer.example","aud":"orders-api","exp":1750000300})");
  REQUIRE(answer_of(trusted()->authenticate(word)) == "alice");
  for (const std::string& text : {word, word + ".", "." + word + ".", word + "." + word + "."}) {
    CAPTURE(text);
    CHECK_FALSE(published->authenticate(text));
    CHECK_FALSE(fixed->authenticate(text));
  }
  CHECK(answer_of(published->authenticate(word)) == "not_three_segments");
}
