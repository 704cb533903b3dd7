#include "bench/refusals.hpp"

#include <array>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64url.hpp"
#include "bench/failure.hpp"
#include "bench/issuer.hpp"
#include "bench/paired.hpp"
#include "jwks/verify.hpp"

namespace bench {
namespace {

constexpr int kPerRound = 100;
constexpr double kMaxRefusalNs = 300;
constexpr double kMaxUnknownKeyNs = 1500;
constexpr double kMaxOverCoreNs = 60;

Row limited(std::string name, double max_ns) {
  return {.name = std::move(name), .unit = Unit::ns, .target = max_ns};
}

/// A verifier whose issuer may not be asked any more, and strangers with a new kid each.
class Strangers {
 public:
  explicit Strangers(const Samples& samples)
      : issuer_(std::make_shared<Issuer>(samples.document)),
        verifier_(warm_verifier(options(samples, issuer_))),
        rest_(samples.tokens.front().substr(samples.tokens.front().find('.'))) {
    for (unsigned asked = 0; asked < 100 && verifier_.stats().bucket_tokens > 0; ++asked) {
      refuse();
    }
    require(verifier_.stats().bucket_tokens == 0, "the bucket does not get empty");
  }

  /// Nanoseconds of one refusal.
  double refuse() {
    for (std::string& token : tokens_) token = stranger();
    const unsigned requests = issuer_->requests();
    bool accepted = false;
    const bool was_empty = verifier_.stats().bucket_tokens == 0;
    const double ns = time_ns(kPerRound, [&](int i) {
      accepted |= verifier_.verify(tokens_[static_cast<unsigned>(i)]).has_value();
    });
    require(!accepted, "a stranger's token is accepted");
    require(!was_empty || issuer_->requests() == requests, "a stranger moved the issuer");
    return ns;
  }

 private:
  static jwks::VerifierOptions options(const Samples& samples, std::shared_ptr<Issuer> issuer) {
    jwks::VerifierOptions options = verifier_options(samples, std::move(issuer));
    options.cache.forced_refresh_burst = 1;
    options.cache.forced_refresh_interval = std::chrono::hours(1);
    return options;
  }

  std::string stranger() {
    const std::string header =
        R"({"alg":"ES256","typ":"at+jwt","kid":")" + std::to_string(random_()) + "\"}";
    return jwks::base64url::encode(header) + rest_;
  }

  std::shared_ptr<Issuer> issuer_;
  jwks::JwksVerifier verifier_;
  std::string rest_;
  std::mt19937_64 random_{std::random_device{}()};
  std::array<std::string, kPerRound> tokens_;
};

}  // namespace

void register_refusals(Table& table, const Subject& subject) {
  const Samples& samples = subject.samples();
  for (const auto& [what, token] : make_refused_tokens(samples)) {
    table.add(
        limited("refuse/" + what, kMaxRefusalNs), measure_alone([&samples, text = token] {
          return time_ns(kPerRound, [&](int) {
            benchmark::DoNotOptimize(jwks::verify(text, samples.keys, samples.policy, samples.now));
          });
        }));
  }
  const auto strangers = std::make_shared<Strangers>(samples);
  table.add(limited("refuse/random kid, empty bucket", kMaxUnknownKeyNs),
            measure_alone([strangers] { return strangers->refuse(); }));
}

void register_over_core(Table& table, Crew& crew, const Subject& hmac, const Subject& subject) {
  const auto row = [](const char* name) {
    return Row{.name = std::string("JwksVerifier over core/") + name,
               .unit = Unit::ns_over_floor,
               .target = kMaxOverCoreNs};
  };
  table.add(row("accepted HS256"), [&](benchmark::State& state) {
    run_paired(
        state, crew, 1, kPerRound,
        [&](unsigned, int i) { require(hmac.core(i), "refused by the core"); },
        [&](unsigned, int i) { require(hmac.verifier(i), "refused by the verifier"); });
  });

  const Samples& samples = subject.samples();
  const std::string& good = samples.tokens.front();
  const std::string token = good.substr(0, good.rfind('.') + 1) + "AA";  // a signature of one byte
  const auto verifier = std::make_shared<jwks::JwksVerifier>(make_verifier(samples));
  require(verifier->verify(good).has_value(), "a good token is refused");  // as the core had before
  table.add(row("refused"), [&crew, &samples, verifier, token](benchmark::State& state) {
    run_paired(
        state, crew, 1, kPerRound,
        [&](unsigned, int) {
          benchmark::DoNotOptimize(jwks::verify(token, samples.keys, samples.policy, samples.now));
        },
        [&](unsigned, int) { benchmark::DoNotOptimize(verifier->verify(token)); });
  });
}

}  // namespace bench
