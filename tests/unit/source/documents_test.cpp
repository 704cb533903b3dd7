// Documents that an issuer should not publish, and tokens that no document makes good: each over a
// whole verifier, from the answer of the network to the answer to the token.

#include <openssl/err.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "support/moduli.hpp"

namespace {

using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::KeySetState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Algorithm;
using test::error_of;
using test::Issuer;
using test::json_quoted;
using test::key_a;
using test::key_b;
using test::keys_of;
using test::lasting_token;
using test::SigningKey;
using test::token_of;
using test::token_with_kid;

ErrorCode code_of(const jwks::JwksVerifier& verifier, const test::TokenBuilder& token) {
  return error_of(verifier.verify(token.build().value())).code();
}

/// Many tokens of random kids, ten a second. Returns how many requests they cause.
std::size_t requests_of_flood(const Issuer& issuer, const jwks::JwksVerifier& verifier,
                              seconds duration) {
  static int kid = 0;
  const std::size_t before = issuer.fetcher->calls();
  for (milliseconds at(0); at < duration; at += milliseconds(100)) {
    const auto error = error_of(verifier.verify(token_with_kid("random-" + std::to_string(++kid))));
    const bool unknown = error.code() == ErrorCode::unknown_key;
    if (!unknown && error.category() != ErrorCategory::unavailable) FAIL(error.message());
    issuer.clock->advance(milliseconds(100));
  }
  return issuer.fetcher->calls() - before;
}

std::string encoded(std::string_view bytes) { return jwks::base64url::encode(bytes); }

std::string rsa(const std::string& n, const std::string& e = "AQAB") {
  return R"({"kty":"RSA","n":")" + n + R"(","e":")" + e + "\"}";
}

/// key_b's entry with something more in it.
std::string with_member(const std::string& member) {
  std::string entry = key_b().public_jwk();
  return entry.insert(entry.size() - 1, "," + member);
}

std::string der_of(const std::string& pem) {
  std::string text;
  for (std::size_t at = pem.find('\n') + 1; pem[at] != '-'; ++at)
    if (pem[at] != '\n' && pem[at] != '=')
      text += pem[at] == '+' ? '-' : pem[at] == '/' ? '_' : pem[at];
  return jwks::base64url::decode(text).value();
}

std::string without_alg(const SigningKey& key) {
  std::string entry = key.public_jwk();
  const std::string alg = ",\"alg\":" + json_quoted(to_string(key.algorithm()));
  REQUIRE(entry.find(alg) != std::string::npos);
  return entry.erase(entry.find(alg), alg.size());
}

}  // namespace

// --- Documents ---

TEST_CASE("a document that is not believed changes nothing but the count of failures",
          "[claim-45][attack-184][attack-186][attack-193]") {
  const std::string good = keys_of({key_b()});
  std::vector<std::string> many(129, key_b().public_jwk());
  const std::pair<const char*, std::string> documents[] = {
      {"an empty set", R"({"keys":[]})"},
      {"HTML", "<!DOCTYPE html><html><body>Sign in</body></html>"},
      {"no keys", "{}"},
      {"a list", "[]"},
      {"truncated", good.substr(0, good.size() / 2)},
      {"one byte short", good.substr(0, good.size() - 1)},
      {"NaN", R"({"keys":[],"x":NaN})"},
      {"NaN for keys", R"({"keys":NaN})"},
      {"keys twice", R"({"keys":[],)" + good.substr(1)},
      {"129 keys", test::jwks_document(many)},
      {"256 KiB + 1", good + std::string(jwks::JwkSet::kMaxBytes + 1 - good.size(), ' ')},
  };
  for (const auto& [name, document] : documents) {
    CAPTURE(name);
    const Issuer issuer;
    const auto verifier = issuer.loaded();
    const auto before = verifier.health();
    issuer.clock->advance(seconds(100));
    issuer.fetcher->answer_with_body(document);

    const auto refreshed = verifier.refresh(seconds(5));
    REQUIRE_FALSE(refreshed);
    CHECK(refreshed.error().reason() == ErrorReason::document_rejected);
    CHECK(verifier.stats().fetch_failures == 1);
    CHECK(verifier.stats().consecutive_failures == 1);
    CHECK(test::eventually(
        [&] { return issuer.observer->count(jwks::EventKind::document_rejected) == 1; }));

    CHECK(verifier.verify(token_of(key_a())));
    CHECK(verifier.health().generation == before.generation);
    CHECK(verifier.health().kids == before.kids);
    CHECK(verifier.health().key_age == seconds(100));
    issuer.clock->advance(seconds(199));
    CHECK(verifier.health().state == KeySetState::refresh_due);
    issuer.clock->advance(seconds(1));
    CHECK(verifier.health().state == KeySetState::stale_unproven);
  }
}

TEST_CASE("one good key among bad ones of every kind serves, and each is counted once",
          "[claim-46][attack-168][attack-187]") {
  const std::string x = encoded(std::string(32, '\x01'));
  const std::string padded = encoded(test::modulus(2048)) + "=";
  const std::string modulus = encoded(test::modulus(2048));
  const std::pair<std::string, ErrorReason> entries[] = {
      {R"({"kty":"AKP","alg":"ML-DSA-999","pub":"AA"})", ErrorReason::unknown_alg},
      {R"({"kty":"XYZ"})", ErrorReason::unknown_kty},
      {R"({"kty":"oct","k":"AAAA"})", ErrorReason::symmetric},
      {R"({"kty":"RSA","e":"AQAB"})", ErrorReason::missing_member},
      {rsa(padded), ErrorReason::bad_base64},
      {R"({"kty":"EC","kid":["a"],"crv":"P-256","x":")" + x + R"(","y":")" + x + "\"}",
       ErrorReason::bad_member},
      {R"({"kty":"EC","kid":1,"crv":"P-256","x":")" + x + R"(","y":")" + x + "\"}",
       ErrorReason::bad_member},
      {R"({"kty":"EC","crv":"P-224","x":")" + x + R"(","y":")" + x + "\"}",
       ErrorReason::unsupported_crv},
      {R"({"kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + x + "\"}",
       ErrorReason::point_not_on_curve},
      {rsa(encoded(test::modulus(1024))), ErrorReason::weak_rsa},
      {rsa(modulus, "AQ"), ErrorReason::bad_exponent},
      {rsa(modulus, "AQAA"), ErrorReason::bad_exponent},
      {with_member(R"("d":"AA")"), ErrorReason::private_material},
      {R"({"use":"enc",)" + with_member(R"("x-y":1)").substr(1), ErrorReason::use_not_sig},
      {with_member(R"("key_ops":["sign"])"), ErrorReason::key_ops},
      {"7", ErrorReason::not_an_object},
  };
  std::vector<std::string> document;
  std::map<std::string, int> expected;
  for (const auto& [entry, reason] : entries) {
    std::string text = entry;
    if (reason == ErrorReason::use_not_sig) {
      const std::string use = R"("use":"sig",)";
      REQUIRE(text.find(use) != std::string::npos);
      text.erase(text.find(use), use.size());
    }
    document.push_back(text);
    ++expected[std::string(to_string(reason))];
  }
  document.insert(document.begin() + 7, key_a().public_jwk());
  const Issuer issuer;
  issuer.fetcher->answer_with_body(test::jwks_document(document));
  const auto verifier = issuer.loaded();

  CHECK(verifier.verify(token_of(key_a())));
  std::map<std::string, int> counted;
  for (const ErrorReason reason : verifier.stats().skipped_keys)
    ++counted[std::string(to_string(reason))];
  CHECK(counted == expected);
  REQUIRE(test::eventually(
      [&] { return issuer.observer->count(jwks::EventKind::key_skipped) == std::size(entries); }));
  std::map<std::string, int> told;
  for (const auto& event : issuer.observer->events(jwks::EventKind::key_skipped))
    ++told[std::string(to_string(event.error->reason()))];
  CHECK(told == expected);

  // Once each, not once per refresh: the same document is no news.
  CHECK(verifier.refresh(seconds(5)));
  CHECK(verifier.stats().skipped_keys.size() == std::size(entries));
}

TEST_CASE("a document without a usable key lifts no limit", "[claim-47]") {
  const std::string useless = R"({"keys":[{"kty":"oct","k":"AAAA"}]})";

  SECTION("where good keys are held") {
    const Issuer issuer;
    const auto verifier = issuer.loaded();
    issuer.fetcher->answer_with_body(useless);
    CHECK(requests_of_flood(issuer, verifier, seconds(30)) <= 2);
    CHECK(requests_of_flood(issuer, verifier, seconds(30)) <= 2);
    CHECK(verifier.verify(token_of(key_a())));
  }
  SECTION("where the published set is empty, and believed") {
    const Issuer issuer;
    issuer.fetcher->answer_with_body(R"({"keys":[]})");
    const auto verifier = issuer.loaded({.empty_set = jwks::EmptySet::revoke_all});
    CHECK(requests_of_flood(issuer, verifier, seconds(30)) == 2);
    CHECK(requests_of_flood(issuer, verifier, seconds(30)) <= 2);
  }
  SECTION("where none were ever held, once the back-off has grown") {
    const Issuer issuer;
    issuer.fetcher->answer_with_body(useless);
    auto options = issuer.options({.background_refresh = false});
    options.jitter = &test::nearly_one;
    const auto verifier = jwks::JwksVerifier::create(options).value();
    CHECK(requests_of_flood(issuer, verifier, seconds(15)) <= 4);  // after 0, 1, 3 and 7 s
    for (int window = 0; window < 4; ++window)
      CHECK(requests_of_flood(issuer, verifier, seconds(30)) <= 2);
  }
}

// --- Keys and algorithms ---

TEST_CASE("the algorithm of a published key is the only one it verifies", "[claim-48]") {
  const auto key = SigningKey::generate(Algorithm::ps256, "rsa").value();
  const auto with = [&](Algorithm algorithm) {
    return lasting_token(key)
        .header("alg", json_quoted(to_string(algorithm)))
        .sign_with(key, algorithm);
  };
  const Issuer issuer;
  issuer.publish({key});
  const auto pinned = issuer.loaded();
  CHECK(code_of(pinned, with(Algorithm::rs256)) == ErrorCode::alg_mismatch);
  CHECK(pinned.verify(with(Algorithm::ps256).build().value()));

  issuer.fetcher->answer_with_body(test::jwks_document({without_alg(key)}));
  const auto open = issuer.loaded();
  CHECK(open.verify(with(Algorithm::rs256).build().value()));
  CHECK(open.verify(with(Algorithm::ps256).build().value()));
  auto options = issuer.options();
  options.validation.algorithms = {Algorithm::ps256};
  const auto narrow = jwks::JwksVerifier::create(options).value();
  REQUIRE(narrow.warm_up(seconds(5)));
  CHECK(code_of(narrow, with(Algorithm::rs256)) == ErrorCode::alg_not_allowed);
  CHECK(narrow.verify(with(Algorithm::ps256).build().value()));
}

TEST_CASE("a published RSA key is no HMAC secret, whether its kid is known or not", "[claim-49]") {
  const auto key = SigningKey::generate(Algorithm::rs256, "rsa").value();
  const Issuer issuer;
  issuer.publish({key});
  const auto verifier = issuer.loaded();
  const std::string pem = key.public_pem();
  for (const std::string& secret :
       {pem, pem.substr(0, pem.size() - 1), der_of(pem), key.public_jwk()}) {
    for (const unsigned bits : {256U, 384U, 512U}) {
      for (const char* kid : {"rsa", "other"}) {
        auto token = lasting_token(key).header("kid", json_quoted(kid)).sign_hmac(bits, secret);
        CHECK(code_of(verifier, token) == ErrorCode::alg_not_allowed);
      }
    }
  }
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("a token without a signature is refused, whatever it calls its algorithm", "[claim-50]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  for (const char* name : {"none", "None", "NONE", "nOnE", "noNe"}) {
    const auto token = [&] { return lasting_token(key_a()).header("alg", json_quoted(name)); };
    CHECK(code_of(verifier, token().without_signature()) == ErrorCode::alg_not_allowed);
    CHECK(code_of(verifier, token()) == ErrorCode::alg_not_allowed);
    CHECK(code_of(verifier, token().header("kid", "").without_signature()) ==
          ErrorCode::alg_not_allowed);
  }
  CHECK(code_of(verifier, lasting_token(key_a()).without_signature()) == ErrorCode::bad_signature);
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("an ECDSA signature of a wrong form leaves no trace in OpenSSL's queue", "[claim-51]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  ERR_clear_error();
  const auto refused = [&](const test::TokenBuilder& token) {
    const ErrorCode code = code_of(verifier, token);
    CHECK(ERR_peek_error() == 0);
    return code;
  };
  CHECK(refused(lasting_token(key_a()).header("alg", json_quoted("ES512"))) ==
        ErrorCode::alg_mismatch);
  CHECK(refused(lasting_token(key_a()).sign_with_der(key_a())) == ErrorCode::bad_signature);
  const auto changed = [&](std::function<std::string(std::string)> change) {
    return refused(lasting_token(key_a()).change_signature(std::move(change)));
  };
  for (const std::size_t size : {0U, 1U, 32U, 63U, 65U, 96U, 128U, 132U}) {
    CAPTURE(size);
    CHECK(changed([&](std::string s) {
            s.resize(size, '\x01');
            return s;
          }) == ErrorCode::bad_signature);
  }
  CHECK(changed([](const std::string& s) { return std::string(32, '\0') + s.substr(32); }) ==
        ErrorCode::bad_signature);
  CHECK(changed([](const std::string& s) { return s.substr(0, 32) + std::string(32, '\0'); }) ==
        ErrorCode::bad_signature);
  CHECK(changed([](const std::string&) { return std::string(64, '\0'); }) ==
        ErrorCode::bad_signature);
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("no critical extension is understood, and bad lists are malformed", "[claim-52]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto token = [](const char* crit) { return lasting_token(key_a()).header("crit", crit); };
  CHECK(code_of(verifier, token(R"(["b64"])").header("b64", "false")) ==
        ErrorCode::crit_unsupported);
  CHECK(code_of(verifier, token(R"(["b64"])").header("b64", "true")) ==
        ErrorCode::crit_unsupported);
  CHECK(code_of(verifier, token(R"(["exp"])").header("exp", "1")) == ErrorCode::crit_unsupported);
  for (const char* crit : {R"(["b64"])", R"(["exp"])", R"(["absent"])", "[]", "{}", "null"}) {
    CAPTURE(crit);
    CHECK(code_of(verifier, token(crit)) == ErrorCode::invalid_header);
  }
}

// --- A fleet ---

TEST_CASE("a thousand sources don't refresh at the same time", "[claim-6]") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.jitter = nullptr;  // the library's own
  options.observer = nullptr;
  std::vector<jwks::JwksVerifier> fleet;
  std::set<milliseconds> soft_points;
  for (int i = 0; i < 1000; ++i) {
    fleet.push_back(jwks::JwksVerifier::create(options).value());
    REQUIRE(fleet.back().warm_up(seconds(5)));
    const auto soft = fleet.back().health().next_attempt_in.value();
    REQUIRE(soft >= milliseconds(210'000));
    REQUIRE(soft <= milliseconds(270'000));
    soft_points.insert(soft);
  }
  CHECK(soft_points.size() > 500);  // of 60 000 possible ones
}
