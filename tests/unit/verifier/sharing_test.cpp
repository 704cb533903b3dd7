// Verifiers that share one source of keys: whose limits, whose policy, and who outlives whom.

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "jwks/jwks_verifier.hpp"
#include "jwks/multi_issuer_verifier.hpp"
#include "support/catch.hpp"
#include "support/executors.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using jwks::Result;
using jwks::TokenProfile;
using jwks::ValidationOptions;
using jwks::VerifiedToken;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::json_quoted;
using test::key_a;
using test::key_b;
using test::token_of;
using test::token_with_kid;

/// For ID tokens of another client.
ValidationOptions id_tokens() { return {.audiences = {"shop"}, .profile = TokenProfile::id_token}; }

std::string id_token_of(const test::SigningKey& signer) {
  return test::lasting_token(signer).claim("aud", json_quoted("shop")).build().value();
}

JwksVerifier sharing(const JwksVerifier& verifier) {
  return verifier.sharing_keys(id_tokens()).value();
}

/// Where callbacks put their outcomes.
class Inbox {
 public:
  jwks::VerifyCallback callback() {
    return [this](Result<VerifiedToken> outcome) {
      const std::lock_guard lock(mutex_);
      outcomes_.push_back(std::move(outcome));
    };
  }
  [[nodiscard]] std::vector<Result<VerifiedToken>> outcomes() const {
    const std::lock_guard lock(mutex_);
    return outcomes_;
  }
  [[nodiscard]] bool has(std::size_t count) const {
    return eventually([&] { return outcomes().size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Result<VerifiedToken>> outcomes_;
};

std::string subject_of(const Result<JwksVerifier>& made) {
  if (made) return "accepted";
  return made.error().code() == ErrorCode::bad_config ? std::string(made.error().subject())
                                                      : "another code";
}

}  // namespace

TEST_CASE("verifiers that share keys cost one fetch, and each has its own policy") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto other = sharing(verifier);
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(other.verify(id_token_of(key_a())));
  CHECK(error_of(other.verify(token_of(key_a()))).code() == ErrorCode::wrong_audience);
  CHECK(error_of(verifier.verify(id_token_of(key_a()))).code() == ErrorCode::wrong_audience);
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("verifiers that share keys count their results apart and their fetches together") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto other = sharing(verifier);
  CHECK(other.verify(id_token_of(key_a())));
  CHECK(other.stats().accepted == 1);
  CHECK(verifier.stats().accepted == 0);
  CHECK(other.stats().fetches == 1);
  CHECK(verifier.stats().fetches == 1);
}

TEST_CASE("a rotation that one verifier meets is over for those that share its keys") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto other = sharing(verifier);
  issuer.publish({key_a(), key_b()});
  const auto met = verifier.verify(token_of(key_b()));
  REQUIRE(met);
  CHECK(met->key_refreshed());
  const auto later = other.verify(id_token_of(key_b()));
  REQUIRE(later);
  CHECK_FALSE(later->key_refreshed());
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("callers of several verifiers wait for one flight") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto other = sharing(verifier);
  issuer.publish({key_a(), key_b()});
  issuer.fetcher->close_gate();
  Inbox inbox;
  for (int i = 0; i < 5; ++i) {
    verifier.verify_async(token_of(key_b()), inbox.callback());
    other.verify_async(id_token_of(key_b()), inbox.callback());
  }
  CHECK(verifier.stats().waiters == 10);
  CHECK(other.stats().waiters == 10);
  issuer.fetcher->open_gate();
  REQUIRE(inbox.has(10));
  for (const auto& outcome : inbox.outcomes()) {
    REQUIRE(outcome);
    CHECK(outcome->key_refreshed());
  }
  CHECK(issuer.fetcher->calls() == 2);
  CHECK(verifier.stats().accepted == 5);
  CHECK(other.stats().accepted == 5);
}

TEST_CASE("unknown kids are looked for once, and limited, for all who share keys") {
  const Issuer issuer;
  const auto verifier = issuer.loaded({.forced_refresh_burst = 1});
  const auto other = sharing(verifier);
  const auto stranger = [](std::string_view kid, std::string_view audience) {
    return test::lasting_token(key_a())
        .claim("aud", json_quoted(audience))
        .header("kid", json_quoted(kid))
        .build()
        .value();
  };
  CHECK(error_of(verifier.verify(stranger("x", test::kAudience))).reason() == ErrorReason::none);
  issuer.clock->advance(seconds(2));
  CHECK(error_of(other.verify(stranger("x", "shop"))).reason() == ErrorReason::negative);
  CHECK(error_of(other.verify(stranger("y", "shop"))).reason() == ErrorReason::rate_limited);
  CHECK(issuer.fetcher->calls() == 2);
}

TEST_CASE("a verifier goes on when the one whose keys it shares is destroyed") {
  const Issuer issuer;
  std::optional<JwksVerifier> verifier(issuer.loaded());
  const auto other = sharing(*verifier);
  verifier.reset();
  CHECK(other.verify(id_token_of(key_a())));
  issuer.publish({key_b()});
  CHECK(other.verify(id_token_of(key_b())));
  CHECK(issuer.fetcher->calls() == 2);

  std::optional<JwksVerifier> third(sharing(other));
  CHECK(third->verify(id_token_of(key_b())));
  third.reset();
  issuer.clock->advance(seconds(60));
  issuer.publish({key_a()});
  CHECK(other.verify(id_token_of(key_a())));
}

TEST_CASE("who waits with a verifier that is destroyed is called back once, by what it shared") {
  for (const bool inline_executor : {false, true}) {
    CAPTURE(inline_executor);
    const Issuer issuer;
    auto options = issuer.options({.background_refresh = false});
    if (inline_executor) options.executor = std::make_shared<test::InlineExecutor>();
    const auto verifier = JwksVerifier::create(options).value();
    verifier.warm_up(seconds(5)).value();
    std::optional<JwksVerifier> other(sharing(verifier));
    issuer.publish({key_a(), key_b()});
    issuer.fetcher->close_gate();
    Inbox inbox;
    other->verify_async(id_token_of(key_b()), inbox.callback());
    verifier.verify_async(token_of(key_b()), inbox.callback());
    other.reset();
    CHECK(inbox.outcomes().empty());
    issuer.fetcher->open_gate();
    REQUIRE(inbox.has(2));
    for (const auto& outcome : inbox.outcomes()) CHECK(outcome);
    CHECK(eventually([&] { return verifier.stats().waiters == 0; }));
    CHECK(inbox.outcomes().size() == 2);
  }
}

TEST_CASE(
    "who waits in verify while the verifier is destroyed is told, and touches nothing of it") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  std::optional<JwksVerifier> verifier(
      JwksVerifier::create(issuer.options({.background_refresh = false})).value());
  auto waiting = std::async(std::launch::async, [&verifier = *verifier] {
    return error_of(verifier.verify(token_of(key_a()))).reason();
  });
  REQUIRE(eventually([&] { return verifier->stats().waiters == 1; }));
  verifier.reset();
  CHECK(waiting.get() == ErrorReason::closed);
}

TEST_CASE("when the last of those that share keys goes, all who wait are told") {
  const Issuer issuer;
  std::optional<JwksVerifier> verifier(issuer.loaded());
  std::optional<JwksVerifier> other(sharing(*verifier));
  issuer.fetcher->close_gate();
  Inbox inbox;
  verifier->verify_async(token_of(key_b()), inbox.callback());
  other->verify_async(id_token_of(key_b()), inbox.callback());
  verifier.reset();
  CHECK(inbox.outcomes().empty());
  other.reset();
  REQUIRE(inbox.has(2));
  for (const auto& outcome : inbox.outcomes()) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().reason() == ErrorReason::closed);
  }
}

TEST_CASE("closing one verifier closes all that share its keys") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto other = sharing(verifier);
  other.close();
  CHECK(error_of(verifier.verify(token_of(key_b()))).reason() == ErrorReason::closed);
  CHECK(verifier.verify(token_of(key_a())));  // held keys serve on, as after any close
}

TEST_CASE("a verifier that is replaced gives its share up") {
  const Issuer first;
  const Issuer second("https://second.example");
  auto verifier = first.loaded();
  std::optional<JwksVerifier> other(sharing(verifier));
  first.fetcher->close_gate();
  Inbox inbox;
  verifier.verify_async(token_of(key_b()), inbox.callback());
  verifier = second.loaded();
  CHECK(inbox.outcomes().empty());
  CHECK(verifier.verify(second.token(key_a())));
  other.reset();
  REQUIRE(inbox.has(1));
  CHECK(error_of(inbox.outcomes().front()).reason() == ErrorReason::closed);
}

TEST_CASE("verifiers are made, used and destroyed by several threads that share keys") {
  const Issuer issuer;
  std::optional<JwksVerifier> verifier(issuer.loaded());
  std::vector<JwksVerifier> shares;
  for (int i = 0; i < 4; ++i) shares.push_back(sharing(*verifier));
  verifier.reset();
  const std::string token = id_token_of(key_a());
  std::atomic<int> accepted = 0;
  {
    std::vector<std::jthread> threads;
    for (JwksVerifier& share : shares) {
      threads.emplace_back([&accepted, &token, mine = std::move(share)] {
        for (int i = 0; i < 50; ++i) {
          const auto copy = sharing(mine);
          if (copy.verify(token)) ++accepted;
        }
      });
    }
  }
  CHECK(accepted == 200);
}

TEST_CASE("each of those that share keys remembers its own tokens") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.token_cache.max_entries = 100;
  const auto verifier = JwksVerifier::create(options).value();
  verifier.warm_up(seconds(5)).value();
  const auto same = verifier.sharing_keys({.audiences = {std::string(test::kAudience)}}).value();
  const auto strict = verifier
                          .sharing_keys({.audiences = {std::string(test::kAudience)},
                                         .profile = TokenProfile::access_token})
                          .value();
  const std::string token = token_of(key_a());
  CHECK(verifier.verify(token));
  CHECK(same.verify(token));
  CHECK(same.stats().token_cache_hits == 0);
  CHECK(same.verify(token));
  CHECK(same.stats().token_cache_hits == 1);
  CHECK(error_of(strict.verify(token)).code() == ErrorCode::wrong_type);
}

TEST_CASE("keys are shared for tokens of the same issuer only") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const auto with = [&](auto change) {
    ValidationOptions options = id_tokens();
    change(options);
    return subject_of(verifier.sharing_keys(options));
  };
  CHECK(with([](auto&) {}) == "accepted");
  CHECK(with([](auto& o) { o.issuer = test::kIssuer; }) == "accepted");
  CHECK(with([](auto& o) { o.issuer = "https://other.example"; }) == "issuer");
  CHECK(with([](auto& o) { o.allow_any_issuer = true; }) == "issuer");
  CHECK(with([](auto& o) { o.algorithms = jwks::kSymmetricAlgorithms; }) ==
        "validation.algorithms");
  CHECK(with([](auto& o) { o.audiences.clear(); }) == "audiences");
  CHECK(with([](auto& o) { o.clock_skew = seconds(-1); }) == "clock_skew");
}

TEST_CASE("static keys are shared too") {
  const auto clock = std::make_shared<test::FakeClock>(test::kNow);
  std::optional<JwksVerifier> verifier(
      JwksVerifier::create_static(test::key_set({key_a()}), test::options(), clock).value());
  const auto other = sharing(*verifier);
  verifier.reset();
  CHECK(other.verify(id_token_of(key_a())));
  CHECK(error_of(other.verify(id_token_of(key_b()))).code() == ErrorCode::unknown_key);
  CHECK(other.health().state == jwks::KeySetState::static_keys);
  other.close();
  CHECK(other.verify(id_token_of(key_a())));

  ValidationOptions foreign = id_tokens();
  foreign.issuer = "https://other.example";
  CHECK(subject_of(other.sharing_keys(foreign)) == "issuer");
}

TEST_CASE("of static keys for any issuer, one verifier may take the tokens of one") {
  ValidationOptions any{.audiences = {"shop"}, .allow_any_issuer = true};
  const auto verifier = JwksVerifier::create_static(test::key_set({key_a()}), any,
                                                    std::make_shared<test::FakeClock>(test::kNow))
                            .value();
  const auto same = sharing(verifier);
  ValidationOptions one = id_tokens();
  one.issuer = "https://one.example";
  const auto narrow = verifier.sharing_keys(one).value();
  CHECK(same.verify(id_token_of(key_a())));
  CHECK(error_of(narrow.verify(id_token_of(key_a()))).code() == ErrorCode::wrong_issuer);
}

TEST_CASE("static secrets are shared for the algorithms of secrets") {
  const std::string secret(32, 's');
  const auto keys = jwks::JwkSet::from_secret(secret, jwks::Algorithm::hs256).value();
  const auto verifier = JwksVerifier::create_static(keys, test::symmetric_algorithms()).value();
  ValidationOptions options = id_tokens();
  options.algorithms = jwks::kSymmetricAlgorithms;
  CHECK(subject_of(verifier.sharing_keys(options)) == "accepted");
}

TEST_CASE("tokens of any issuer are taken where that is said and the keys' URL is given") {
  const Issuer issuer;
  auto options = issuer.options({.background_refresh = false});
  options.issuer.clear();
  options.validation.allow_any_issuer = true;
  options.jwks_uri += "?tenant=secret";
  const auto verifier = JwksVerifier::create(options).value();
  verifier.warm_up(seconds(5)).value();
  CHECK(verifier.verify(issuer.token(key_a())));
  CHECK(verifier.verify(Issuer("https://second.example").token(key_a())));
  CHECK(verifier.verify(test::lasting_token(key_a()).claim("iss", "").build().value()));
  CHECK(verifier.metrics().issuer == test::kJwksUri);  // a query may hold what nobody should see
  const auto fetches = [&] { return issuer.observer->events(jwks::EventKind::fetch_succeeded); };
  REQUIRE(eventually([&] { return fetches().size() == 1; }));  // told after the keys are there
  CHECK(fetches().front().source == test::kJwksUri);

  auto other = JwksVerifier::create(options).value();
  const auto snapshot = verifier.export_snapshot();
  REQUIRE(snapshot);
  CHECK(other.import_snapshot(*snapshot));

  CHECK(subject_of(JwksVerifier::create([&] {
          auto without_url = options;
          without_url.jwks_uri.clear();
          return without_url;
        }())) == "jwks_uri");
  options.validation.issuer = "https://one.example";
  CHECK(subject_of(JwksVerifier::create(options)) == "issuer");
}

TEST_CASE("one of several issuers has a name") {
  const Issuer issuer;
  auto options = issuer.options();
  options.issuer.clear();
  options.validation.allow_any_issuer = true;
  const auto made = jwks::MultiIssuerVerifier::create({options});
  REQUIRE_FALSE(made);
  CHECK(made.error().subject() == "issuers[0].issuer");
}
