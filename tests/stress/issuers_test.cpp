// Several issuers behind one object: sixteen threads verify their tokens while some of them are
// added and removed, all of them rotate, and everything is looked at.

#include "stress/stress.hpp"
#include "support/catch.hpp"
#include "support/many_issuers.hpp"

namespace {

using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::MultiIssuerVerifier;
using jwks::Result;
using jwks::VerifiedToken;
using std::chrono::milliseconds;
using std::chrono::seconds;
using stress::Callbacks;
using stress::Stopwatch;
using stress::Tally;
using test::ManyIssuers;

constexpr std::size_t kStable = 3;
constexpr std::size_t kIssuers = 6;  // the others come and go
constexpr int kThreads = 16;

class Crowd {
 public:
  explicit Crowd(unsigned seed) : random_(seed) {
    std::vector<jwks::VerifierOptions> stable;
    for (std::size_t i = 0; i < kStable; ++i) stable.push_back(options(i));
    verifier_.emplace(MultiIssuerVerifier::create(std::move(stable)).value());
    if (!verifier_->warm_up(seconds(5))) ++tally_.wrong;
    for (std::size_t i = 0; i < kIssuers; ++i) tokens_.push_back(issuers_.token(i));
    // Signed with a key of the same kid: of another issuer, or nobody's.
    swapped_ = issuers_.token(0, issuers_.key(1));
    stranger_ = test::lasting_token(issuers_.key(0))
                    .claim("iss", test::json_quoted("https://stranger.example"))
                    .build()
                    .value();
  }

  void run(milliseconds limit) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([this, i] { i % 3 == 2 ? verify_later() : verify(i % 3 == 0); });
    std::jthread comes_and_goes([this] { come_and_go(); });
    std::jthread looks([this] { look(); });
    publish(Stopwatch(limit));
    verifier_->close();
    for (int i = 0; i < 20; ++i) stress::one_millisecond();
    stop_ = true;
  }

  void check() {
    CAPTURE(tally_.last_violated.load());
    CHECK(tally_.wrong == 0);
    CHECK(tally_.accepted > 0);
    CHECK(tally_.refused > 0);
    CHECK(spectator_->nameless == 0);
    for (std::size_t i = 0; i < kStable; ++i) {
      const auto verifier = verifier_->verifier_of(issuers_.name(i));
      REQUIRE(verifier);
      CHECK(test::eventually(
          [&] { return verifier->stats().fetches == issuers_.fetcher(i).calls(); }));
    }
    const auto refused = verifier_->add(options(kStable));
    CHECK_FALSE(refused);  // closed
  }

 private:
  [[nodiscard]] jwks::VerifierOptions options(std::size_t i) const {
    auto made = issuers_.options(i);
    made.observer = spectator_;
    return made;
  }

  void judge(std::size_t i, const Result<VerifiedToken>& result) {
    tally_.count(result);
    if (result) {
      tally_.expect(result->claims().issuer() == issuers_.name(i) &&
                        result->key_thumbprint() == issuers_.key(i).thumbprint(),
                    "a token is accepted for its issuer");
      return;
    }
    const bool gone = result.error().code() == ErrorCode::wrong_issuer ||
                      result.error().category() == ErrorCategory::unavailable;
    tally_.expect(i >= kStable && gone, "only those who come and go are ever missing");
  }

  void verify(bool may_wait) {
    const auto ask = [&](const std::string& token) {
      return may_wait ? verifier_->verify(token) : verifier_->verify_cached(token);
    };
    for (std::size_t i = 0; !stop_; i = (i + 1) % kIssuers) {
      judge(i, ask(tokens_[i]));
      const auto swapped = ask(swapped_);
      tally_.expect(!swapped && swapped.error().code() == ErrorCode::bad_signature,
                    "keys are not mixed up");
      const auto strange = ask(stranger_);
      tally_.expect(!strange && strange.error().code() == ErrorCode::wrong_issuer,
                    "strangers are strangers");
    }
  }

  void verify_later() {
    Callbacks callbacks;
    const auto settle = [&] {
      tally_.expect(test::eventually([&] { return callbacks.all_came(); }), "a callback comes");
      tally_.expect(callbacks.each_came_once(), "a callback comes once");
    };
    for (std::size_t i = 0; !stop_; i = (i + 1) % kIssuers) {
      std::atomic<unsigned>& calls = callbacks.expect_one();
      verifier_->verify_async(tokens_[i], [this, i, &calls](auto result) {
        judge(i, result);
        ++calls;
      });
      if (callbacks.size() < 64) continue;
      settle();
      callbacks.clear();
    }
    settle();
  }

  void come_and_go() {
    for (std::size_t i = kStable; !stop_; i = i + 1 < kIssuers ? i + 1 : kStable) {
      const auto added = verifier_->add(options(i));
      tally_.expect(added || closing_, "an issuer is added");
      if (const auto mine = verifier_->verifier_of(issuers_.name(i)))
        static_cast<void>(mine->warm_up(seconds(5)));
      stress::one_millisecond();
      tally_.expect(verifier_->remove(issuers_.name(i)) || closing_, "an issuer is removed");
    }
  }

  void look() {
    while (!stop_) {
      const auto names = verifier_->issuers();
      tally_.expect(names.size() >= kStable && names.size() <= kStable + 1, "the list is whole");
      const auto metrics = verifier_->metrics();
      tally_.expect(metrics.size() >= kStable, "metrics are of all");
      tally_.expect(jwks::open_metrics(metrics).ends_with("# EOF\n"), "metrics are whole");
      for (const std::string& name : names)
        if (const auto one = verifier_->verifier_of(name)) static_cast<void>(one->health());
    }
  }

  /// Every key set changes, and keeps the key that matters.
  void publish(const Stopwatch& watch) {
    const auto extra = test::SigningKey::generate(test::Algorithm::es256, "extra").value();
    for (unsigned n = 0; watch.running(); ++n) {
      for (std::size_t i = 0; i < kIssuers; ++i) {
        std::vector<test::SigningKey> keys{issuers_.key(i)};
        if ((n + i) % 2 == 0) keys.push_back(extra);
        issuers_.fetcher(i).answer_with_body(test::keys_of(keys));
      }
      issuers_.clock->advance(milliseconds(random_() % 1000));
      if (n % 20 == 19)
        for (std::size_t i = 0; i < kStable; ++i)
          tally_.expect(
              verifier_->verifier_of(issuers_.name(i))->refresh(seconds(3600)).has_value(),
              "a refresh succeeds");
      stress::one_millisecond();
    }
    closing_ = true;
  }

  const ManyIssuers issuers_{kIssuers};
  const std::shared_ptr<stress::Spectator> spectator_ = std::make_shared<stress::Spectator>();
  std::minstd_rand random_;
  Tally tally_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> closing_ = false;
  std::optional<MultiIssuerVerifier> verifier_{};
  std::vector<std::string> tokens_{};
  std::string swapped_;
  std::string stranger_;
};

}  // namespace

TEST_CASE("issuers come and go under load and never answer for each other",
          "[claim-60][attack-216]") {
  const Stopwatch watch(stress::duration());
  for (unsigned seed = 1; watch.running(); ++seed) {
    Crowd crowd(seed);
    crowd.run(milliseconds(300 + seed * 173 % 700));
    crowd.check();
  }
}
