// The OpenID Foundation's FAPI 2.0 tests about DPoP, sender-constrained tokens and clock skew.
// Their suite plays the client; here the library plays the resource server and the authorization
// server. A case has the exact name of the module, a section that of its step.

#include <functional>

#include "attacks/oidf.hpp"
#include "base/text.hpp"
#include "support/dpop.hpp"

namespace {

using jwks::Algorithm;
using jwks::DpopOptions;
using jwks::Presentation;
using std::chrono::hours;
using std::chrono::seconds;
using test::client_key;
using test::hash_of;
using test::json_quoted;
using test::kNow;
using test::SigningKey;
using test::TokenBuilder;

constexpr std::string_view kResource = "https://rs.example/accounts?page=2";
constexpr std::string_view kTokenEndpoint = "https://as.example/token";

/// FAPI 2.0 §5.4: the algorithms for which a client may have keys.
constexpr jwks::AlgorithmSet kFapiAlgorithms{Algorithm::ps256, Algorithm::es256, Algorithm::eddsa};

DpopOptions fapi_options() {
  return {.replay_cache = test::replay_cache(), .algorithms = kFapiAlgorithms};
}

/// A request for the resource that a step of a module can spoil.
struct Request {
  TokenBuilder proof;
  std::string access_token;
  std::string scheme = "DPoP";
  std::string field_name = "DPoP";
  std::vector<std::string> more_proofs{};
  bool with_proof = true;
  std::function<std::string(std::string)> edit = [](std::string text) { return text; };
};

struct Client {
  const SigningKey& key;
  std::string access_token = test::bound_token(key).build().value();

  [[nodiscard]] TokenBuilder proof() const {
    return test::proof_for(access_token, key).claim("htu", json_quoted(kResource));
  }
  [[nodiscard]] Request request() const { return {proof(), access_token}; }
};

/// Takes bearer tokens and DPoP tokens, each kind by its scheme.
class ResourceServer {
 public:
  /// "accepted", or what was wrong: the subject of the error.
  [[nodiscard]] std::string answer(const Request& request) const {
    std::vector<std::pair<std::string, std::string>> fields;
    if (request.with_proof) {
      fields.emplace_back(request.field_name, request.edit(request.proof.build().value()));
    }
    for (const std::string& proof : request.more_proofs) fields.emplace_back("DPoP", proof);

    Presentation presentation;
    if (request.scheme == "DPoP") {
      presentation.dpop = jwks::DpopRequest{.method = "GET", .url = kResource};
      for (const auto& [name, value] : fields) {
        if (jwks::text::equals_ignoring_case(name, "DPoP")) {
          presentation.dpop->proofs.push_back(value);
        }
      }
    }
    const auto token =
        jwks::verify(request.access_token, test::es256_set(), policy_, kNow, presentation);
    if (token) return "accepted";
    CHECK(token.error().category() == jwks::ErrorCategory::claims);  // HTTP 401
    return std::string(token.error().subject());
  }

 private:
  [[nodiscard]] static jwks::ValidationOptions options() {
    jwks::ValidationOptions options = test::options();
    options.dpop = fapi_options();
    return options;
  }
  jwks::ValidationPolicy policy_ = test::policy(options());
};

/// One step: what the suite does to a good request, and the answer.
struct Step {
  std::string_view name;
  std::string_view answer;
  std::function<void(Request&, const Client&)> change;
};

Step without_header(std::string_view name) {
  return {name, name, [name](Request& r, const Client&) { r.proof.header(name, ""); }};
}
Step without_claim(std::string_view name) {
  return {name, name, [name](Request& r, const Client&) { r.proof.claim(name, ""); }};
}

const std::vector<Step>& steps_about_form() {
  static const std::vector<Step> kSteps = {
      {"header name in upper case", "accepted",
       [](Request& r, const Client&) { r.field_name = "DPOP"; }},
      {"two proofs", "DPoP",
       [](Request& r, const Client& c) { r.more_proofs = {c.proof().build().value()}; }},
      {"not a JWT", "token",
       [](Request& r, const Client&) {
         r.edit = [](const std::string& text) { return text.substr(0, text.rfind('.')); };
       }},
      without_header("typ"),
      without_header("alg"),
      without_header("jwk"),
      without_claim("jti"),
      without_claim("htm"),
      without_claim("htu"),
      without_claim("iat"),
      without_claim("ath"),
      {"typ wrong", "typ",
       [](Request& r, const Client&) {
         r.proof.header("typ", json_quoted("dpop+jwt+wrongyousee"));
       }},
      {"alg none", "alg",
       [](Request& r, const Client&) {
         r.proof.header("alg", json_quoted("none")).header("jwk", "").without_signature();
       }},
      {"signature wrong", "signature",
       [](Request& r, const Client&) { oidf::wrong_signature(r.proof); }},
      {"private key in jwk", "jwk",
       [](Request& r, const Client& c) {
         std::string jwk = c.key.public_jwk();
         r.proof.header("jwk", jwk.insert(1, "\"d\":\"AQAB\","));
       }},
  };
  return kSteps;
}

const std::vector<Step>& steps_about_claims() {
  static const auto htu = [](std::string_view url) {
    return [url](Request& r, const Client&) { r.proof.claim("htu", json_quoted(url)); };
  };
  static const std::vector<Step> kSteps = {
      {"htm PUT", "htm", [](Request& r, const Client&) { r.proof.claim("htm", "\"PUT\""); }},
      {"htu with query and fragment", "accepted", htu("https://rs.example/accounts?a=b#c")},
      {"htu without query and fragment", "accepted", htu("https://rs.example/accounts")},
      {"htu of another URL", "htu", htu("https://rs.example/accountsohnonotagain")},
      {"iat one hour in the future", "iat",
       [](Request& r, const Client&) { r.proof.claim("iat", kNow + hours(1)); }},
      {"iat one hour in the past", "iat",
       [](Request& r, const Client&) { r.proof.claim("iat", kNow - hours(1)); }},
      {"ath wrong", "ath",
       [](Request& r, const Client&) { r.proof.claim("ath", json_quoted(hash_of("other"))); }},
      {"another key", "jkt",
       [](Request& r, const Client&) {
         const SigningKey& other = test::stranger_key();
         r.proof.header("alg", "\"ES256\"").header("jwk", other.public_jwk()).sign_with(other);
       }},
      {"members that nobody knows", "accepted",
       [](Request& r, const Client&) { r.proof.header("tx_id", "1").claim("tx_id_key", "1"); }},
      {"htu with scheme and host in upper case", "accepted", htu("HTTPS://RS.EXAMPLE/accounts")},
      {"htu with the default port", "accepted", htu("https://rs.example:443/accounts")},
      {"no proof", "DPoP", [](Request& r, const Client&) { r.with_proof = false; }},
      {"no proof and scheme Bearer", "jkt",
       [](Request& r, const Client&) { r.with_proof = false, r.scheme = "Bearer"; }},
      {"a good proof still works", "accepted", [](Request&, const Client&) {}},
  };
  return kSteps;
}

void play(const std::vector<Step>& steps, const Client& client) {
  for (const Step& step : steps) {
    DYNAMIC_SECTION(to_string(client.key.algorithm()) << ": " << step.name) {
      const ResourceServer server;
      Request request = client.request();
      step.change(request, client);
      CHECK(server.answer(request) == step.answer);
      CHECK(server.answer(client.request()) == "accepted");
    }
  }
}

const SigningKey& rsa_client_key() { return test::key(Algorithm::ps256, 200); }

/// The authorization server's answer to a proof: the thumbprint of its key, or nothing.
std::string proved_key(const TokenBuilder& proof) {
  const std::string text = proof.build().value();
  const auto result = jwks::verify_dpop_proof(
      {.proofs = {text}, .method = "POST", .url = kTokenEndpoint}, {}, fapi_options(), kNow);
  return result ? result->key_thumbprint : std::string();
}

TokenBuilder token_endpoint_proof(const SigningKey& key = client_key()) {
  return test::proof(key).claim("htm", "\"POST\"").claim("htu", json_quoted(kTokenEndpoint));
}

/// Whether endpoints of both servers accept proofs after `change`.
template <class Change>
bool accepted_everywhere(Change change) {
  const Client client{client_key()};
  Request request = client.request();
  change(request.proof);
  TokenBuilder proof = token_endpoint_proof();
  change(proof);
  return ResourceServer().answer(request) == "accepted" && !proved_key(proof).empty();
}

/// A signed authorization request (RFC 9101) or client assertion (RFC 7523), sent now.
TokenBuilder jwt_of_client(std::chrono::system_clock::time_point from) {
  return oidf::jwt(oidf::p256()).claim("nbf", from).claim("exp", from + hours(1));
}

std::string answer_to_request_object(TokenBuilder builder) {
  oidf::RelyingParty server{.keys = test::key_set({oidf::p256()})};
  server.options = oidf::options_for(jwks::TokenProfile::jwt, kFapiAlgorithms);
  server.options.token_type = "oauth-authz-req+jwt";
  return server.answer(builder.header("typ", json_quoted("oauth-authz-req+jwt")));
}

std::string answer_to_client_assertion(const TokenBuilder& builder) {
  oidf::RelyingParty server{.keys = test::key_set({oidf::p256()})};
  server.options = oidf::options_for(jwks::TokenProfile::jwt, kFapiAlgorithms);
  server.options.subject = oidf::kSubject;
  return server.answer(builder);
}

}  // namespace

TEST_CASE("fapi2-security-profile-final-dpop-negative-tests", "[attack-140][attack-142]") {
  for (const SigningKey* key : {&client_key(), &rsa_client_key()}) {
    const Client client{*key};
    play(steps_about_form(), client);
    play(steps_about_claims(), client);
  }
  SECTION("RS256 by a key for PS256") {
    const Client client{rsa_client_key()};
    Request request = client.request();
    request.proof.header("alg", "\"RS256\"").sign_with(client.key, Algorithm::rs256);
    CHECK(ResourceServer().answer(request) == "alg");
  }
  SECTION("the same jti a first and a second time") {
    const Client client{client_key()};
    const ResourceServer server;
    Request request = client.request();
    request.proof.claim("jti", json_quoted("Uy3nnKDMRsOe1vq"));
    CHECK(server.answer(request) == "accepted");
    CHECK(server.answer(request) == "jti");
  }
}

TEST_CASE("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds",
          "[attack-142]") {
  CHECK(accepted_everywhere([](TokenBuilder& t) { t.claim("iat", kNow + seconds(10)); }));
}

TEST_CASE("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds",
          "[attack-142]") {
  CHECK(accepted_everywhere([](TokenBuilder& t) { t.claim("iat", kNow - seconds(10)); }));
}

TEST_CASE("fapi2-security-profile-final-check-dpop-proof-nbf-exp", "[attack-142]") {
  CHECK(accepted_everywhere(
      [](TokenBuilder& t) { t.claim("nbf", kNow).claim("exp", kNow + seconds(60)); }));
}

TEST_CASE("fapi2-security-profile-final-client-test-happy-path-no-dpop-nonce", "[attack-142]") {
  CHECK(accepted_everywhere([](TokenBuilder&) {}));
}

TEST_CASE("fapi2-security-profile-final-ensure-holder-of-key-required", "[attack-140]") {
  jwks::ValidationOptions options = test::options();
  options.dpop = fapi_options();
  options.dpop->required = true;
  const auto answer = [&](const TokenBuilder& token) {
    const auto result =
        jwks::verify(token.build().value(), test::es256_set(), test::policy(options), kNow);
    return result ? "accepted" : std::string(to_string(result.error().code()));
  };
  CHECK(answer(test::token(test::es256())) == "binding_failed");
  CHECK(answer(test::bound_token()) == "binding_failed");
  const auto without_proof =
      jwks::verify_dpop_proof({.method = "POST", .url = kTokenEndpoint}, {}, fapi_options(), kNow);
  CHECK_FALSE(without_proof);
}

TEST_CASE("fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success",
          "[attack-141]") {
  const std::string at_par = proved_key(token_endpoint_proof());
  CHECK(at_par == client_key().thumbprint());
  CHECK(proved_key(token_endpoint_proof()) == at_par);
}

TEST_CASE("fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails", "[attack-141]") {
  const std::string dpop_jkt = test::stranger_key().thumbprint();
  CHECK(proved_key(token_endpoint_proof(test::stranger_key())) == dpop_jkt);
  CHECK(proved_key(token_endpoint_proof()) == client_key().thumbprint());
  CHECK(client_key().thumbprint() != dpop_jkt);
}

TEST_CASE("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
          "[attack-141]") {
  const std::string dpop_jkt = client_key().thumbprint();
  CHECK(proved_key(token_endpoint_proof()) == dpop_jkt);
  const std::string other = proved_key(token_endpoint_proof(test::stranger_key()));
  CHECK(other == test::stranger_key().thumbprint());
  CHECK(other != dpop_jkt);
}

TEST_CASE("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
          "[attack-141]") {
  const std::string at_par = proved_key(token_endpoint_proof());
  const std::string at_token_endpoint = proved_key(token_endpoint_proof(test::stranger_key()));
  REQUIRE_FALSE(at_par.empty());
  REQUIRE_FALSE(at_token_endpoint.empty());
  CHECK(at_par != at_token_endpoint);
}

TEST_CASE(
    "fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-"
    "accepted",
    "[attack-110]") {
  CHECK(answer_to_request_object(jwt_of_client(kNow + seconds(8))) == "accepted");
}

TEST_CASE("fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails",
          "[attack-110]") {
  CHECK(answer_to_request_object(jwt_of_client(kNow + seconds(60))) == "accepted");
  CHECK(answer_to_request_object(jwt_of_client(kNow + seconds(61))) == "not_yet_valid");
  CHECK(answer_to_request_object(jwt_of_client(kNow + seconds(70))) == "not_yet_valid");
}

TEST_CASE(
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-"
    "accepted",
    "[attack-110]") {
  const auto then = kNow + seconds(8);
  CHECK(answer_to_client_assertion(jwt_of_client(then).claim("iat", then)) == "accepted");
}

TEST_CASE(
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-"
    "future-fails",
    "[attack-110]") {
  const auto then = kNow + seconds(61);
  CHECK(answer_to_client_assertion(jwt_of_client(then).claim("iat", then)) == "not_yet_valid");
}
