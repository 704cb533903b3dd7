// One issuer: sixteen threads verify in every way there is, while it rotates every millisecond and
// everything else that a service does to a verifier is done at once.

#include <coroutine>

#include "jwks/awaitable.hpp"
#include "stress/stress.hpp"
#include "support/catch.hpp"

namespace {

using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::JwksVerifier;
using jwks::Result;
using jwks::VerifiedToken;
using std::chrono::milliseconds;
using std::chrono::seconds;
using stress::Callbacks;
using stress::Stopwatch;
using stress::Tally;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::SigningKey;
using test::token_of;

constexpr int kThreads = 16;
constexpr std::array<const char*, 5> kRules = {
    "the permanent key's token is accepted", "a's token is accepted or unknown",
    "b's token is accepted or unknown", "a forged token is refused for its signature",
    "a stranger's token is unknown"};

const SigningKey& permanent_key() {
  static const SigningKey made = SigningKey::generate(test::Algorithm::es256, "permanent").value();
  return made;
}

/// The tokens of a round and the only right answers to them.
struct Tokens {
  std::string permanent = token_of(permanent_key());
  std::string of_a = token_of(key_a());
  std::string of_b = token_of(key_b());
  std::string forged = test::lasting_token(permanent_key())
                           .flip_bit(test::TokenBuilder::Segment::signature, 9)
                           .build()
                           .value();
  std::string stranger = test::token_with_kid("nobody");

  static constexpr int kKinds = 5;
  [[nodiscard]] const std::string& of(int kind) const {
    const std::array all = {&permanent, &of_a, &of_b, &forged, &stranger};
    return *all[static_cast<std::size_t>(kind)];
  }

  /// The permanent key is in every set that was ever published, and the clock never goes so far
  /// that keys get old: its token is accepted, open or closed. One of a and b is published at any
  /// time.
  [[nodiscard]] static bool is_right(int kind, const Result<VerifiedToken>& result) {
    const auto accepted_by = [&](const SigningKey& key) {
      return result && result->key_id() == key.key_id() &&
             result->key_thumbprint() == key.thumbprint() &&
             result->claims().subject() == "alice" && !result->stale();
    };
    const auto refused_as = [&](ErrorCode code) {
      return !result && result.error().code() == code;
    };
    const bool unavailable = !result && result.error().category() == ErrorCategory::unavailable;
    switch (kind) {
      case 0:
        return accepted_by(permanent_key());
      case 1:
        return accepted_by(key_a()) || refused_as(ErrorCode::unknown_key) || unavailable;
      case 2:
        return accepted_by(key_b()) || refused_as(ErrorCode::unknown_key) || unavailable;
      case 3:
        return refused_as(ErrorCode::bad_signature);
      default:
        return refused_as(ErrorCode::unknown_key) || unavailable;
    }
  }
};

/// A coroutine that nobody waits for.
struct Detached {
  struct promise_type {
    static Detached get_return_object() noexcept { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    [[noreturn]] static void unhandled_exception() { std::terminate(); }
  };
};

/// One verifier's life under load.
class Round {
 public:
  Round(jwks::CacheOptions cache, jwks::TokenCacheOptions token_cache, unsigned seed)
      : random_(seed), grace_(cache.removed_key_grace > seconds(0)) {
    issuer_.publish({permanent_key(), key_a()});
    auto options = issuer_.options(cache);
    options.observer = spectator_;
    options.token_cache = token_cache;
    verifier_ = std::make_unique<JwksVerifier>(JwksVerifier::create(std::move(options)).value());
    if (!verifier_->warm_up(seconds(5))) ++tally_.wrong;
  }

  void run(milliseconds limit) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back(
          [this, i] { i % 2 == 0 ? verify(i % 4 == 0) : verify_later(i % 4 == 1); });
    std::jthread looks([this] { look(); });
    std::jthread carries([this] { carry(); });
    std::jthread operates([this] { operate(); });
    publish(Stopwatch(limit));
    verifier_->close();  // amid all that; what was verified goes on to be
    for (int i = 0; i < 20; ++i) stress::one_millisecond();
    stop_ = true;
  }

  /// After all threads have ended.
  void check() {
    CAPTURE(tally_.last_violated.load());
    CHECK(tally_.wrong == 0);
    CHECK(spectator_->nameless == 0);
    const jwks::Stats stats = verifier_->stats();
    CHECK(stats.accepted == tally_.accepted);
    CHECK(stats.refused == tally_.refused);
    CHECK(stats.unavailable == tally_.unavailable);
    std::uint64_t by_code = 0;
    for (const auto& each : stats.by_code) by_code += each.count;
    CHECK(by_code == stats.refused + stats.unavailable);
    std::uint64_t outcomes = 0;
    for (const std::uint64_t each : stats.kid_miss_outcomes) outcomes += each;
    CHECK(outcomes == stats.kid_misses);
    CHECK(stats.waiters == 0);
    // The transfer that close() aborted may be on its way back.
    CHECK(test::eventually([&] { return verifier_->stats().fetches == issuer_.fetcher->calls(); }));
    CHECK(tally_.accepted > 0);
    CHECK(tally_.refused > 0);
  }

 private:
  void judge(int kind, const Result<VerifiedToken>& result) {
    tally_.count(result);
    tally_.expect(Tokens::is_right(kind, result), kRules[static_cast<std::size_t>(kind)]);
  }

  void verify(bool may_wait) {
    for (int kind = 0; !stop_; kind = (kind + 1) % Tokens::kKinds) {
      const std::string& token = tokens_.of(kind);
      judge(kind, may_wait ? verifier_->verify(token) : verifier_->verify_cached(token));
    }
  }

  Detached verify_in_coroutine(int kind, std::atomic<unsigned>& calls) {
    const Result<VerifiedToken> result = co_await jwks::verify_in(*verifier_, tokens_.of(kind));
    judge(kind, result);
    ++calls;
  }

  void verify_later(bool in_coroutine) {
    Callbacks callbacks;
    const auto settle = [&] {
      tally_.expect(test::eventually([&] { return callbacks.all_came(); }), "a callback comes");
      tally_.expect(callbacks.each_came_once(), "a callback comes once");
    };
    for (int kind = 0; !stop_; kind = (kind + 1) % Tokens::kKinds) {
      std::atomic<unsigned>& calls = callbacks.expect_one();
      if (in_coroutine)
        verify_in_coroutine(kind, calls);
      else
        verifier_->verify_async(tokens_.of(kind), [this, kind, &calls](auto result) {
          judge(kind, result);
          ++calls;
        });
      if (callbacks.size() < 64) continue;
      settle();
      callbacks.clear();
    }
    settle();
  }

  /// Rotates, lets time pass, and fails now and then; never so long that keys get old.
  void publish(const Stopwatch& watch) {
    for (unsigned i = 0; watch.running(); ++i) {
      const auto& current = i % 2 == 0 ? key_b() : key_a();
      if (i % 10 == 3)
        issuer_.fetcher->answer_with_status(500);
      else
        issuer_.publish({permanent_key(), current});
      issuer_.clock->advance(milliseconds(random_() % 1000));
      if (i % 50 == 49) {
        issuer_.publish({permanent_key(), current});
        tally_.expect(verifier_->refresh(seconds(3600)).has_value(), "a refresh succeeds");
        check_revocation(current);
      }
      stress::one_millisecond();
    }
  }

  /// After a refresh what is published decides, whatever the others do meanwhile.
  void check_revocation(const SigningKey& current) {
    const bool is_a = current.key_id() == key_a().key_id();
    const auto kept = verifier_->verify_cached(is_a ? tokens_.of_a : tokens_.of_b);
    const auto removed = verifier_->verify_cached(is_a ? tokens_.of_b : tokens_.of_a);
    tally_.count(kept);
    tally_.count(removed);
    tally_.expect(kept.has_value(), "what is published is accepted");
    tally_.expect(!removed || grace_, "what was removed is refused");
  }

  void look() {
    std::uint64_t last = 0;
    while (!stop_) {
      const jwks::Health health = verifier_->health();
      tally_.expect(health.generation >= last, "the generation grows");
      tally_.expect(health.kids.size() == 2, "every set has two keys");
      last = health.generation;
      static_cast<void>(verifier_->stats());
      const auto metrics = std::vector{verifier_->metrics()};
      tally_.expect(jwks::open_metrics(metrics).ends_with("# EOF\n"), "metrics are whole");
    }
  }

  void carry() {
    while (!stop_) {
      const auto snapshot = verifier_->export_snapshot();
      tally_.expect(snapshot.has_value(), "what is held is exported");
      if (!snapshot) continue;
      const auto imported = verifier_->import_snapshot(*snapshot);
      // No later than what is held, or what is held is newer: both are fine, and so is the end.
      tally_.expect(imported || imported.error().reason() == jwks::ErrorReason::closed,
                    "an export can be imported");
      stress::one_millisecond();
    }
  }

  void operate() {
    while (!stop_) {
      const auto refreshed = verifier_->refresh(seconds(5));
      tally_.expect(refreshed || refreshed.error().category() == ErrorCategory::unavailable,
                    "a refresh fails for want of the issuer");
      tally_.expect(verifier_->warm_up(seconds(5)).has_value(), "held keys are warm");
    }
  }

  const Tokens tokens_{};
  const Issuer issuer_{};
  const std::shared_ptr<stress::Spectator> spectator_ = std::make_shared<stress::Spectator>();
  std::minstd_rand random_;
  const bool grace_;
  Tally tally_;
  std::atomic<bool> stop_ = false;
  std::unique_ptr<JwksVerifier> verifier_{};
};

void run_rounds(const jwks::CacheOptions& cache, const jwks::TokenCacheOptions& token_cache) {
  const Stopwatch watch(stress::duration());
  for (unsigned seed = 1; watch.running(); ++seed) {
    Round round(cache, token_cache, seed);
    round.run(milliseconds(200 + seed * 173 % 800));
    round.check();
  }
}

}  // namespace

TEST_CASE("rotation under load gives each token one of its right answers",
          "[claim-60][attack-216]") {
  run_rounds({}, {});
}

TEST_CASE("rotation under load, where misses are admitted and keys have their grace",
          "[claim-60][attack-216]") {
  run_rounds({.min_ttl = seconds(10),
              .forced_refresh_burst = 10,
              .forced_refresh_interval = seconds(1),
              .max_waiters = 4,
              .removed_key_grace = seconds(5),
              .bad_signature_refresh = true},
             {});
}

TEST_CASE("rotation under load with a cache of tokens", "[claim-60][attack-216]") {
  run_rounds({.forced_refresh_burst = 10, .forced_refresh_interval = seconds(1)},
             {.max_entries = 64, .max_bytes = std::size_t{64} * 1024});
}

TEST_CASE("verifiers come and go while their flights are in the air", "[claim-62]") {
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&answered, t] {
        const Issuer issuer;
        const std::string token = token_of(key_a());
        for (int i = 0; i < 50; ++i) {
          if ((i + t) % 3 == 0) issuer.fetcher->close_gate();
          auto verifier = issuer.verifier();
          {
            std::jthread caller([&] {
              static_cast<void>(verifier.verify(token));
              ++answered;
            });
            if (i % 2 == 0) verifier.close();
            issuer.fetcher->open_gate();
          }
        }
      });
  }
  CHECK(answered == 200);
}
