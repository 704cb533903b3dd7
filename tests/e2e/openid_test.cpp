// A relying party and a provider that meet over a real socket: sign-ins, downgrades, and the
// rotation that is no forgery.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "e2e/world.hpp"
#include "jwks/audit.hpp"
#include "jwks/authenticator.hpp"
#include "jwks/relying_party.hpp"
#include "support/eventually.hpp"
#include "support/recording_observer.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

using namespace test;
using jwks::AuditCategory;
using jwks::IdTokenPolicy;
using jwks::RelyingParty;
using jwks::emulator::PublicKeyText;
using std::chrono::seconds;

constexpr const char* kNonce = "n-0S6_WzA2Mj";
constexpr const char* kFormType = "application/x-www-form-urlencoded";
constexpr const char* kLogoutEvents =
    R"({"http://schemas.openid.net/event/backchannel-logout":{}})";
// OpenID Connect Core 1.0, appendix A.4.
constexpr const char* kCode = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
constexpr const char* kCodeHash = R"("LDktKdoQak3Pk0cnXxCltA")";

jwks::emulator::EmulatorOptions provider_options() {
  auto options = small_keys();
  options.applications = {{.name = "Web",
                           .client_id = "web",
                           .client_secret = "web-secret",
                           .type = jwks::emulator::ApplicationType::oauth,
                           .redirect_uris = {"https://web.example/callback"}}};
  options.users = {{.email = "alice@example.com", .id = "user_alice", .name = "Alice"}};
  return options;
}

std::string json_member(const std::string& json, const std::string& name) {
  const std::string start = '"' + name + R"(":")";
  const std::size_t begin = json.find(start);
  if (begin == std::string::npos) return {};
  const std::size_t value = begin + start.size();
  return json.substr(value, json.find('"', value) - value);
}

struct SignIn {
  std::string id_token;
  std::string access_token;
};

/// A provider and its client "web".
struct Provider {
  explicit Provider(jwks::emulator::EmulatorOptions options = provider_options(),
                    jwks::AlgorithmSet registered = jwks::kDefaultAlgorithms)
      : issuer(take(Emulator::start(std::move(options)))), client(client_of(issuer, registered)) {}

  /// The authorization code flow (OpenID Connect Core 1.0 §3.1).
  [[nodiscard]] SignIn sign_in(const std::string& nonce) const {
    const Reply redirect =
        get(issuer.port(),
            "/oauth2/authorize?response_type=code&client_id=web&scope=openid&nonce=" + nonce);
    const std::size_t begin = redirect.head.find("code=");
    REQUIRE(begin != std::string::npos);
    const std::string code =
        redirect.head.substr(begin + 5, redirect.head.find_first_of("& \r", begin) - begin - 5);
    const Reply reply =
        post(issuer.port(), "/oauth2/token", kFormType,
             "grant_type=authorization_code&client_id=web&client_secret=web-secret&code=" + code);
    REQUIRE(reply.status == 200);
    return {json_member(reply.body, "id_token"), json_member(reply.body, "access_token")};
  }
  /// Any ID token.
  [[nodiscard]] std::string id_token(TokenRequest request = {}) const {
    request.audience = "web";
    request.claims.insert(request.claims.begin(), {"nonce", '"' + std::string(kNonce) + '"'});
    request.header.insert(request.header.begin(), {"typ", R"("JWT")"});
    return take(issuer.issue(request));
  }
  [[nodiscard]] std::string logout_token(TokenRequest request = {}) const {
    request.audience = "web";
    request.claims.emplace_back("events", kLogoutEvents);
    request.claims.emplace_back("sid", R"("s-1")");
    request.header.emplace_back("typ", R"("logout+jwt")");
    return take(issuer.issue(request));
  }
  [[nodiscard]] std::string answer(const std::string& text, IdTokenPolicy policy) const {
    if (!policy.nonce) policy.nonce = kNonce;
    const auto token = client.verify_id_token(text, policy);
    if (token) return "accepted";
    return std::string(to_string(token.error().code())) + " " +
           std::string(token.error().subject());
  }
  [[nodiscard]] std::size_t jwks_requests() const {
    return issuer.requests(issuer.jwks_uri().substr(issuer.url().size()));
  }

  static RelyingParty client_of(const Emulator& issuer, jwks::AlgorithmSet registered) {
    jwks::RelyingPartyOptions options{.issuer = issuer.issuer(), .client_id = "web"};
    options.verifier.http.allow_loopback_http = true;
    options.verifier.validation.algorithms = registered;
    return take(RelyingParty::create(options));
  }

  Emulator issuer;
  RelyingParty client;
};

std::string seconds_ago(const Emulator& issuer, seconds age) {
  const auto then = issuer.now() - age;
  return std::to_string(std::chrono::duration_cast<seconds>(then.time_since_epoch()).count());
}

/// Remembers what an audit log would hold.
class Journal final : public jwks::Auditor {
 public:
  void on_authentication(const jwks::AuditRecord& record) override {
    const std::lock_guard lock(mutex_);
    categories_.push_back(record.category);
  }
  [[nodiscard]] AuditCategory last() const {
    const std::lock_guard lock(mutex_);
    return categories_.back();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<AuditCategory> categories_;
};

TEST_CASE("a sign-in by the code flow is accepted with its nonce and its access token", "[oidc]") {
  const Provider provider;
  const SignIn sign_in = provider.sign_in(kNonce);
  const auto token =
      provider.client.verify_id_token(sign_in.id_token, {.client_id = "web",
                                                         .nonce = kNonce,
                                                         .access_token = sign_in.access_token,
                                                         .require_hashes = true,
                                                         .max_age = seconds(300),
                                                         .iat_window = seconds(300)});
  if (!token) FAIL(token.error().message());
  CHECK(token->claims().subject() == "user_alice");
  CHECK(audit_category(token) == AuditCategory::accepted);
  CHECK(provider.jwks_requests() == 1);
}

TEST_CASE("a nonce of another sign-in is refused", "[oidc]") {
  const Provider provider;
  const SignIn sign_in = provider.sign_in("somebody-elses");
  CHECK(provider.answer(sign_in.id_token, {}) == "wrong_nonce nonce");
  CHECK(provider.answer(provider.id_token({.claims = {{"nonce", ""}}}), {}) == "wrong_nonce nonce");
  const auto unasked = provider.client.verify_id_token(sign_in.id_token, {});
  CHECK(audit_category(unasked) == AuditCategory::sign_in_mismatch);
}

TEST_CASE("an access token of another sign-in does not fit at_hash", "[oidc]") {
  const Provider provider;
  const SignIn one = provider.sign_in(kNonce);
  const SignIn two = provider.sign_in(kNonce);
  CHECK(provider.answer(one.id_token, {.access_token = one.access_token}) == "accepted");
  CHECK(provider.answer(one.id_token, {.access_token = two.access_token}) == "wrong_hash at_hash");
  // One without the hash is refused where the profile demands it.
  CHECK(provider.answer(provider.id_token(), {.access_token = one.access_token}) == "accepted");
  CHECK(provider.answer(provider.id_token(), {.access_token = one.access_token,
                                              .require_hashes = true}) == "wrong_hash at_hash");
}

TEST_CASE("a code of another sign-in does not fit c_hash", "[oidc]") {
  const Provider provider;
  const std::string right = provider.id_token({.claims = {{"c_hash", kCodeHash}}});
  CHECK(provider.answer(right, {.code = kCode, .require_hashes = true}) == "accepted");
  CHECK(provider.answer(right, {.code = "injected"}) == "wrong_hash c_hash");
  CHECK(provider.answer(provider.id_token(), {.code = kCode}) == "accepted");
  CHECK(provider.answer(provider.id_token(), {.code = kCode, .require_hashes = true}) ==
        "wrong_hash c_hash");
}

TEST_CASE("several audiences need the client as azp", "[oidc]") {
  const Provider provider;
  const auto with = [&](const char* aud, const char* azp, const char* trusted = "api") {
    return provider.answer(provider.id_token({.claims = {{"aud", aud}, {"azp", azp}}}),
                           {.trusted_audiences = {trusted}});
  };
  CHECK(with(R"("web")", "") == "accepted");
  CHECK(with(R"("web")", R"("web")") == "accepted");
  CHECK(with(R"("web")", R"("other")") == "wrong_azp azp");
  CHECK(with(R"(["web","api"])", R"("web")") == "accepted");
  CHECK(with(R"(["web","api"])", R"("web")", "other") == "wrong_audience aud");
  CHECK(with(R"(["web","api"])", "") == "wrong_azp azp");
  CHECK(with(R"(["web","api"])", R"("api")") == "wrong_azp azp");
  CHECK(with(R"("api")", "") == "wrong_audience aud");
}

TEST_CASE("the issuer is compared byte for byte", "[oidc]") {
  const Provider provider;
  const std::string iss = '"' + provider.issuer.issuer() + R"(/")";
  CHECK(provider.answer(provider.id_token({.claims = {{"iss", iss.c_str()}}}), {}) ==
        "wrong_issuer iss");
}

TEST_CASE("an ID token that comes late is outside its window", "[oidc]") {
  const Provider provider;
  const auto issued = [&](seconds age) {
    return provider.id_token({.claims = {{"iat", seconds_ago(provider.issuer, age)}}});
  };
  const IdTokenPolicy policy{.iat_window = seconds(300)};
  CHECK(provider.answer(issued(seconds(0)), policy) == "accepted");
  CHECK(provider.answer(issued(seconds(200)), policy) == "accepted");
  CHECK(provider.answer(issued(seconds(1000)), policy) == "too_old iat");
  CHECK(provider.answer(issued(seconds(1000)), {}) == "accepted");
  CHECK(provider.answer(issued(seconds(-1000)), {}) == "issued_in_future iat");
  CHECK(provider.answer(provider.id_token({.claims = {{"iat", ""}}}), {}) == "missing_claim iat");
}

TEST_CASE("max_age is measured by auth_time", "[oidc]") {
  const Provider provider;
  const auto logged_in = [&](const std::string& auth_time) {
    return provider.answer(provider.id_token({.claims = {{"auth_time", auth_time}}}),
                           {.max_age = seconds(600)});
  };
  CHECK(logged_in(seconds_ago(provider.issuer, seconds(100))) == "accepted");
  CHECK(logged_in(seconds_ago(provider.issuer, seconds(2000))) == "too_old auth_time");
  CHECK(logged_in("") == "missing_claim auth_time");
}

TEST_CASE("an algorithm downgrade is refused and told from other refusals", "[oidc]") {
  const Provider provider;
  REQUIRE(provider.answer(provider.id_token(), {}) == "accepted");
  const std::string none =
      provider.id_token({.header = {{"alg", R"("none")"}}, .signature = {.bytes = ""}});
  std::vector<std::string> downgrades{none};
  for (const auto text : {PublicKeyText::pem, PublicKeyText::der, PublicKeyText::jwk,
                          PublicKeyText::jwks, PublicKeyText::raw})
    downgrades.push_back(provider.id_token({.signature = {.secret_of_key = text}}));
  for (const std::string& token : downgrades) {
    const auto refused = provider.client.verify_id_token(token, {.nonce = kNonce});
    check_refused(refused, ErrorCode::alg_not_allowed);
    CHECK(audit_category(refused) == AuditCategory::algorithm_downgrade);
  }
  CHECK(provider.jwks_requests() == 1);
}

TEST_CASE("RS256 is refused where ES256 is registered, though the provider signs with both",
          "[oidc]") {
  auto options = provider_options();
  options.keys = {{.algorithm = Algorithm::es256}, {.algorithm = Algorithm::rs256}};
  const Provider provider(options, {Algorithm::es256});
  CHECK(provider.answer(provider.id_token({.algorithm = Algorithm::es256}), {}) == "accepted");
  const auto refused = provider.client.verify_id_token(
      provider.id_token({.algorithm = Algorithm::rs256}), {.nonce = kNonce});
  check_refused(refused, ErrorCode::alg_not_allowed);
  CHECK(audit_category(refused) == AuditCategory::algorithm_downgrade);
  // Nor does the header decide what a key is for.
  check_refused(
      provider.client.verify_id_token(
          provider.id_token({.algorithm = Algorithm::rs256, .header = {{"alg", R"("ES256")"}}}),
          {.nonce = kNonce}),
      ErrorCode::alg_mismatch);
}

TEST_CASE("logout tokens and ID tokens share the keys, and neither passes for the other",
          "[oidc]") {
  const Provider provider;
  const std::string logout =
      provider.logout_token({.subject = "user_alice", .claims = {{"jti", R"("l-1")"}}});
  const std::string id_token = provider.sign_in(kNonce).id_token;
  CHECK(provider.answer(id_token, {}) == "accepted");
  const auto request = provider.client.verify_logout_token(logout);
  if (!request) FAIL(request.error().message());
  CHECK(request->subject == "user_alice");
  CHECK(request->session_id == "s-1");
  CHECK(provider.jwks_requests() == 1);

  const auto again = provider.client.verify_logout_token(logout);
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == ErrorCode::replayed);
  CHECK(provider.answer(logout, {}) == "wrong_type typ");
  CHECK_FALSE(provider.client.verify_logout_token(id_token));
  CHECK_FALSE(provider.client.verify_logout_token(provider.sign_in(kNonce).access_token));
  CHECK(provider.answer(provider.sign_in(kNonce).access_token, {}) != "accepted");
}

TEST_CASE("a rotation is recovered with one refresh, and the audit log can tell", "[oidc]") {
  const auto observer = std::make_shared<RecordingObserver>();
  const auto journal = std::make_shared<Journal>();
  const auto issuer = take(Emulator::start(small_keys()));
  auto options = options_for(issuer);
  options.observer = observer;
  const auto authenticator =
      take(jwks::make_audited_authenticator(take(jwks::make_jwks_authenticator(options)), journal));
  const auto token = [&](TokenRequest request = {}) {
    request.audience = kAudience;
    return take(issuer.issue(request));
  };
  const auto requests = [&] { return issuer.requests("/.well-known/jwks.json"); };
  const auto category = [&](const std::string& text) {
    const auto outcome = authenticator->authenticate(text);
    CHECK(audit_category(outcome) == journal->last());
    return journal->last();
  };
  CHECK(category(token()) == AuditCategory::accepted);
  REQUIRE(requests() == 1);

  SECTION("the new key is fetched once") {
    take_nothing(issuer.rotate_keys());
    CHECK(category(token()) == AuditCategory::accepted_after_rotation);
    CHECK(requests() == 2);
    REQUIRE(eventually([&] { return observer->count(jwks::EventKind::rotation_recovered) == 1; }));
    CHECK(observer->events(jwks::EventKind::rotation_recovered).front().key_id ==
          issuer.key_id(Algorithm::es256));
    CHECK(category(token()) == AuditCategory::accepted);
    CHECK(requests() == 2);
  }
  SECTION("a forgery in the name of a known key fetches nothing") {
    CHECK(category(token({.signature = {.unpublished = true}})) == AuditCategory::bad_signature);
    CHECK(category(token({.edits = {{.part = jwks::emulator::TokenPart::payload,
                                     .decoded = true,
                                     .flip_bit = 12}}})) == AuditCategory::bad_signature);
    CHECK(requests() == 1);
    CHECK(observer->count(jwks::EventKind::rotation_recovered) == 0);
  }
  SECTION("a key that the issuer never published stays unknown") {
    const TokenRequest forged{.header = {{"kid", R"("nobody")"}},
                              .signature = {.unpublished = true}};
    CHECK(category(token(forged)) == AuditCategory::unknown_key);
    CHECK(requests() == 2);
    CHECK(category(token(forged)) == AuditCategory::unknown_key);
    CHECK(requests() == 2);
    CHECK(observer->count(jwks::EventKind::rotation_recovered) == 0);
  }
}

TEST_CASE("a sign-in right after a rotation costs one refresh", "[oidc]") {
  const Provider provider;
  CHECK(provider.answer(provider.sign_in(kNonce).id_token, {}) == "accepted");
  take_nothing(provider.issuer.rotate_keys(Rotation::hard));
  const auto token =
      provider.client.verify_id_token(provider.sign_in(kNonce).id_token, {.nonce = kNonce});
  REQUIRE(token);
  CHECK(audit_category(token) == AuditCategory::accepted_after_rotation);
  CHECK(provider.jwks_requests() == 2);
}

}  // namespace
