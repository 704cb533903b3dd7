// Tokens that a MultiIssuerVerifier refuses itself: which issuer a name is, what strangers cost,
// and where they are counted.

#include <future>
#include <map>
#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "jwks/multi_issuer_verifier.hpp"
#include "support/catch.hpp"
#include "support/many_issuers.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::MultiIssuerVerifier;
using jwks::Result;
using jwks::VerifiedToken;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::json_quoted;
using test::ManyIssuers;

/// A token of anybody's, with this JSON as its "iss". Its signature is nonsense.
std::string token_from(std::string_view iss) {
  const std::string payload = R"({"iss":)" + std::string(iss) + "}";
  return "eyJhbGciOiJFUzI1NiIsImtpZCI6InRoZS1rZXkifQ." + jwks::base64url::encode(payload) + ".AA";
}

std::size_t all_events(const ManyIssuers& issuers) {
  std::size_t sum = 0;
  for (int kind = 0; kind <= static_cast<int>(jwks::EventKind::snapshot_not_saved); ++kind)
    sum += issuers.observer->count(static_cast<jwks::EventKind>(kind));
  return sum;
}

std::string name_of(const Result<VerifiedToken>& result) {
  return result ? "accepted" : std::string(to_string(result.error().code()));
}

}  // namespace

TEST_CASE("an issuer is found by the bytes of its name", "[claim-74]") {
  const ManyIssuers issuers(2);
  const auto verifier = issuers.verifier();
  const std::string& name = issuers.name(0);
  const std::string upper = "HTTPS" + name.substr(5);
  const std::string others[] = {json_quoted(name + "/"),
                                json_quoted(upper),
                                json_quoted(name + " "),
                                json_quoted(name + "\\u0000"),
                                json_quoted(name.substr(0, name.size() - 1)),
                                json_quoted(name + ":443"),
                                json_quoted(""),
                                json_quoted("*")};
  for (const std::string& iss : others) {
    CAPTURE(iss);
    const Error error = error_of(verifier.verify(token_from(iss)));
    CHECK(error.code() == ErrorCode::wrong_issuer);
    CHECK(error.subject() == "iss");
  }
  // An escape is the same string.
  const auto escaped = test::lasting_token(issuers.key(0))
                           .claim("iss", R"("https:\/\/issuer-1000.exampl\u0065")")
                           .build()
                           .value();
  CHECK(verifier.verify(escaped));
}

TEST_CASE("the first fault of a token is told, and nothing of what it claims",
          "[claim-83][attack-207]") {
  const ManyIssuers issuers(1);
  const auto verifier = issuers.verifier();
  const auto refused = [&](const std::string& text) { return error_of(verifier.verify(text)); };
  CHECK(refused("").code() == ErrorCode::not_three_segments);
  CHECK(refused("e30.e30.").code() == ErrorCode::invalid_header);
  CHECK(refused(token_from("7")).code() == ErrorCode::invalid_claim);
  CHECK(refused(token_from("7")).subject() == "iss");
  CHECK(refused("eyJhbGciOiJFUzI1NiJ9.e30.AA").code() == ErrorCode::missing_claim);
  CHECK(refused("eyJhbGciOiJub25lIn0.e30.AA").code() == ErrorCode::alg_not_allowed);

  const std::string evil = R"(https://evil.example/\r\n\u001b[31m)";
  const Error error = refused(token_from(json_quoted(evil)));
  CHECK(error.code() == ErrorCode::wrong_issuer);
  CHECK(error.message().find("evil") == std::string::npos);
  CHECK(error.key_id() == "the-key");
  CHECK_FALSE(error.retryable());
}

TEST_CASE("an unknown issuer costs no request, no event and no memory", "[claim-68]") {
  // A sanitizer counts no memory, and takes ten times as long.
  const int strangers = test::bytes_in_use() > 0 ? 1'000'000 : 20'000;
  const ManyIssuers issuers(3);
  const auto verifier = issuers.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  const std::size_t fetches = issuers.fetches();
  REQUIRE(eventually(
      [&] { return issuers.observer->count(jwks::EventKind::state_changed) == issuers.size(); }));
  const std::size_t events = all_events(issuers);
  const auto stranger = [](int i) {
    return token_from(json_quoted("https://stranger-" + std::to_string(i) + ".example"));
  };
  const auto meet = [&](int from, int to) {
    int refused = 0;
    for (int i = from; i < to; ++i) {
      const auto result = verifier.verify_cached(stranger(i));
      if (!result && result.error().code() == ErrorCode::wrong_issuer) ++refused;
    }
    return refused;
  };
  REQUIRE(meet(0, 1000) == 1000);
  const std::size_t before = test::bytes_in_use();
  CHECK(meet(1000, strangers) == strangers - 1000);
  // One per stranger would be millions of bytes.
  CHECK(test::bytes_in_use() < before + 100'000);
  CHECK(error_of(verifier.verify(stranger(1))).code() == ErrorCode::wrong_issuer);
  std::promise<ErrorCode> answer;
  verifier.verify_async(stranger(2), [&](const Result<VerifiedToken>& result) {
    answer.set_value(result.error().code());
  });
  CHECK(answer.get_future().get() == ErrorCode::wrong_issuer);

  CHECK(issuers.fetches() == fetches);
  CHECK(all_events(issuers) == events);
  CHECK(verifier.issuers().size() == 3);
  CHECK(verifier.metrics().size() == 4);
  for (const std::string& name : verifier.issuers()) {
    const jwks::Stats stats = verifier.verifier_of(name)->stats();
    CHECK(stats.refused == 0);
    CHECK(stats.negative_entries == 0);
    CHECK(stats.bucket_tokens == 2);
  }
  CHECK(verifier.unrouted().refused == static_cast<std::uint64_t>(strangers) + 2);
}

TEST_CASE("every answer is counted once, by an issuer or as unrouted", "[claim-81]") {
  const ManyIssuers issuers(2);
  const auto verifier = issuers.verifier({.background_refresh = false});
  issuers.fetcher(1).fail();
  const std::string tokens[] = {
      issuers.token(0),                                    // accepted
      issuers.token(0, issuers.key(1)),                    // bad_signature
      issuers.token(1),                                    // keys_unavailable
      token_from(R"("https://evil.example/\u001b[31m")"),  // and all others are unrouted
      token_from("7"),
      "eyJhbGciOiJFUzI1NiJ9.e30.AA",
      "no token"};
  std::map<std::string, std::uint64_t> answers;
  const auto note = [&](const Result<VerifiedToken>& result) { ++answers[name_of(result)]; };
  for (const std::string& token : tokens) {
    note(verifier.verify(token));
    note(verifier.verify_cached(token));
    std::promise<void> answered;
    verifier.verify_async(token, [&](const Result<VerifiedToken>& result) {
      note(result);
      answered.set_value();
    });
    answered.get_future().wait();
  }
  CHECK(answers.size() == 7);
  CHECK(answers["wrong_issuer"] == 3);

  std::map<std::string, std::uint64_t> counted;
  const auto metrics = verifier.metrics();
  for (const jwks::SourceMetrics& each : metrics) {
    const jwks::Stats& stats = each.stats;
    if (stats.accepted > 0) counted["accepted"] += stats.accepted;
    std::uint64_t by_code = 0;
    for (const auto& [code, count] : stats.by_code) {
      counted[std::string(to_string(code))] += count;
      by_code += count;
    }
    CHECK(by_code == stats.refused + stats.unavailable);
  }
  CHECK(counted == answers);
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[0].issuer.empty());
  CHECK(metrics[0].stats.refused == 12);
  CHECK(verifier.unrouted().refused == 12);
  CHECK(verifier.unrouted().accepted == 0);

  const std::string text = jwks::open_metrics(metrics);
  CHECK(text.find(R"(jwks_verifications_total{issuer="",result="wrong_issuer"} 3)") !=
        std::string::npos);
  CHECK(text.find("evil") == std::string::npos);
}

TEST_CASE("an empty list refuses every token") {
  const auto verifier = MultiIssuerVerifier::create({}).value();
  CHECK(error_of(verifier.verify(token_from(R"("a")"))).code() == ErrorCode::wrong_issuer);
  CHECK(verifier.issuers().empty());
  CHECK(verifier.unrouted().refused == 1);
  CHECK(verifier.metrics().size() == 1);
  CHECK(verifier.warm_up(seconds(0)));
}
