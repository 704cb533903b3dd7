#include "bench/storm.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/base64url.hpp"
#include "bench/issuer.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/verify.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kRepetitions = 5;
constexpr milliseconds kRound{500};
constexpr std::size_t kRandomKids = 4096;

/// Answers the first request and hangs at every later one, for 5 s or until it is stopped.
class HangingIssuer final : public jwks::Fetcher {
 public:
  explicit HangingIssuer(std::string document) : document_(std::move(document)) {}

  Outcome fetch(const jwks::FetchRequest&, std::stop_token stop) override {
    if (requests_++ == 0) return {jwks::FetchResponse{.status = 200, .body = document_}};
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    ++hanging_;
    never.wait_for(lock, stop, std::chrono::seconds(5), [] { return false; });
    --hanging_;
    return {jwks::Error(jwks::ErrorCode::keys_unavailable, jwks::ErrorReason::fetch_failed)};
  }
  [[nodiscard]] bool hangs() const noexcept { return hanging_ > 0; }

 private:
  const std::string document_;
  std::atomic<int> requests_ = 0;
  std::atomic<int> hanging_ = 0;
};

/// Nanoseconds of single calls.
using Latencies = std::vector<double>;

struct Measurement {
  Latencies calm;
  Latencies storm;
};

double quantile(Latencies& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1));
  return sorted[at];
}

class Storm {
 public:
  Storm(const Samples& samples, const StormOptions& options)
      : samples_(samples), options_(options) {
    if (options_.threads == 0)
      options_.threads = std::max(1U, std::thread::hardware_concurrency() / 2);
    const std::string& good = samples.tokens.front();
    const std::string rest = good.substr(good.find('.'));
    std::mt19937_64 random(std::random_device{}());
    for (std::size_t i = 0; i < kRandomKids; ++i)
      strangers_.push_back(jwks::base64url::encode(R"({"alg":"ES256","typ":"at+jwt","kid":")" +
                                                   std::to_string(random()) + "\"}") +
                           rest);
  }

  [[nodiscard]] unsigned threads() const noexcept { return options_.threads; }

  /// The measurement of the `number`th repetition; made when it is first asked for.
  const Measurement& measurement(std::size_t number) {
    while (measurements_.size() <= number) measurements_.push_back(measure());
    return measurements_[number];
  }

 private:
  enum class Mode : std::uint8_t { calm, storm };

  Measurement measure() {
    Measurement all;
    std::minstd_rand random(std::random_device{}());
    const double per_mode = options_.seconds / kRepetitions / 2;
    const auto rounds = static_cast<int>(per_mode / std::chrono::duration<double>(kRound).count());
    for (int round = 0; round < std::max(1, rounds); ++round) {
      const bool calm_first = (random() & 1024U) != 0;
      if (calm_first) run(Mode::calm, all.calm);
      run(Mode::storm, all.storm);
      if (!calm_first) run(Mode::calm, all.calm);
    }
    std::sort(all.calm.begin(), all.calm.end());
    std::sort(all.storm.begin(), all.storm.end());
    return all;
  }

  /// One round, with a verifier of its own in either mode, so that no limit carries over.
  void run(Mode mode, Latencies& into) const {
    const auto issuer = std::make_shared<HangingIssuer>(samples_.document);
    const auto verifier = warm_verifier(verifier_options(samples_, issuer));
    std::vector<Latencies> latencies(options_.threads);
    {
      std::vector<std::jthread> threads;
      threads.reserve(std::size_t{2} * options_.threads);
      for (unsigned i = 0; i < options_.threads; ++i)
        threads.emplace_back([&](const std::stop_token& stop) { annoy(mode, verifier, stop); });
      if (mode == Mode::storm)
        while (!issuer->hangs()) std::this_thread::yield();
      for (Latencies& own : latencies)
        threads.emplace_back([&](const std::stop_token& stop) { verify(verifier, stop, own); });
      std::this_thread::sleep_for(kRound);
    }
    if ((mode == Mode::storm) != issuer->hangs())
      throw std::runtime_error("the storm's issuer does not hang as it should");
    for (const Latencies& own : latencies) into.insert(into.end(), own.begin(), own.end());
  }

  void annoy(Mode mode, const jwks::JwksVerifier& verifier, const std::stop_token& stop) const {
    for (std::size_t i = 0; !stop.stop_requested(); ++i) {
      const std::string& token = strangers_[i % strangers_.size()];
      const auto answer = mode == Mode::storm
                              ? verifier.verify_cached(token)
                              : jwks::verify(token, samples_.keys, samples_.policy, samples_.now);
      if (answer) throw std::runtime_error("a stranger's token was accepted");
    }
  }

  void verify(const jwks::JwksVerifier& verifier, const std::stop_token& stop,
              Latencies& into) const {
    into.reserve(100'000);
    for (std::size_t i = 0; !stop.stop_requested(); ++i) {
      const auto began = Clock::now();
      const bool accepted =
          verifier.verify(samples_.tokens[i % samples_.tokens.size()]).has_value();
      into.push_back(std::chrono::duration<double, std::nano>(Clock::now() - began).count());
      if (!accepted) throw std::runtime_error("a good token was refused");
    }
  }

  const Samples& samples_;
  StormOptions options_;
  std::vector<std::string> strangers_;
  std::vector<Measurement> measurements_;
};

}  // namespace

void register_storm(Table& table, const Samples& samples, const StormOptions& options) {
  if (options.seconds <= 0) return;
  struct Quantile {
    const char* name;
    double quantile;
    double max_ratio;
  };
  constexpr std::array kQuantiles{Quantile{"storm/p50", 0.5, kNone},
                                  Quantile{"storm/p99", 0.99, kNone},
                                  Quantile{"storm/p99.9", 0.999, 1.2}};
  const auto storm = std::make_shared<Storm>(samples, options);
  for (const Quantile& each : kQuantiles)
    table
        .add({.name = each.name, .threads = storm->threads(), .target = each.max_ratio},
             [storm, each, repetition = std::size_t{0}](benchmark::State& state) mutable {
               Measurement measured = storm->measurement(repetition++);
               for ([[maybe_unused]] auto once : state) {  // Google Benchmark wants to see a loop
               }
               const double calm = quantile(measured.calm, each.quantile);
               const double stormy = quantile(measured.storm, each.quantile);
               state.counters[kFloorNs] = calm;
               state.counters[kNs] = stormy;
               state.counters[kRatio] = stormy / calm;
             })
        ->Iterations(1)
        ->Repetitions(kRepetitions);
}

}  // namespace bench
