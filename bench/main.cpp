// The program: registers the rows of the table and runs them.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "bench/failure.hpp"
#include "bench/floor.hpp"
#include "bench/minting.hpp"
#include "bench/paired.hpp"
#include "bench/samples.hpp"
#include "bench/storm.hpp"
#include "bench/table.hpp"
#include "jwks/jwks_verifier.hpp"
#include "jwks/verify.hpp"

namespace bench {
namespace {

using jwks::Algorithm;

/// A whole verification by the pure core over one bare signature check.
void register_verify(const Samples& samples, const Floor& floor, double max_ratio) {
  std::vector<SignedText> texts;
  texts.reserve(samples.tokens.size());
  for (const std::string& token : samples.tokens) texts.push_back(floor.prepare(token));
  const std::string name = "verify/" + std::string(to_string(samples.algorithm));
  benchmark::RegisterBenchmark(name.c_str(), [&samples, &floor, texts,
                                              max_ratio](benchmark::State& state) {
    run_paired(
        state, 2 * kTokensPerAlgorithm,
        [&](int i) {
          benchmark::DoNotOptimize(floor.verify(texts[static_cast<std::size_t>(i) % texts.size()]));
        },
        [&](int i) {
          benchmark::DoNotOptimize(
              jwks::verify(samples.tokens[static_cast<std::size_t>(i) % samples.tokens.size()],
                           samples.keys, samples.policy, samples.now));
        });
    state.counters[kMaxRatio] = max_ratio;
  });
}

/// A token that is refused before a key is used.
void register_refusal(const Samples& samples, const std::string& name, const std::string& token,
                      double max_ns) {
  if (jwks::verify(token, samples.keys, samples.policy, samples.now)) fail(name + " is accepted");
  benchmark::RegisterBenchmark(("refuse/" + name).c_str(), [&samples, token,
                                                            max_ns](benchmark::State& state) {
    std::vector<double> ns;
    for ([[maybe_unused]] auto round : state) {
      ns.push_back(time_ns(100, [&](int) {
        benchmark::DoNotOptimize(jwks::verify(token, samples.keys, samples.policy, samples.now));
      }));
    }
    state.counters[kOursNs] = median(ns);
    state.counters[kMaxNs] = max_ns;
  });
}

/// What a JwksVerifier adds to the pure core. The token has a signature of one byte, so that it is
/// refused after its key was found and before OpenSSL is asked: 60 ns can't be seen beside 20 µs.
void register_verifier(const Samples& samples, const jwks::JwksVerifier& verifier) {
  const std::string& good = samples.tokens.front();
  const std::string token = good.substr(0, good.rfind('.') + 1) + "AA";
  benchmark::RegisterBenchmark("verifier/static keys", [&samples, &verifier,
                                                        token](benchmark::State& state) {
    run_paired(
        state, 100,
        [&](int) {
          benchmark::DoNotOptimize(jwks::verify(token, samples.keys, samples.policy, samples.now));
        },
        [&](int) { benchmark::DoNotOptimize(verifier.verify(token)); });
    state.counters[kMaxNs] = 60;
  });
}

int run(int argc, char** argv) {
  const StormOptions storm = take_storm_options(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

  struct Row {
    Algorithm algorithm;
    double max_ratio;
  };
  std::deque<Samples> samples;  // the benchmarks keep references
  std::deque<Floor> floors;
  for (const auto& [algorithm, max_ratio] :
       {Row{Algorithm::rs256, 1.05}, Row{Algorithm::ps256, 1.05}, Row{Algorithm::es256, 1.01},
        Row{Algorithm::es384, 1.01}, Row{Algorithm::eddsa, 1.01}}) {
    samples.push_back(make_samples(algorithm));
    floors.emplace_back(algorithm, samples.back().keys.keys().front().public_key());
    register_verify(samples.back(), floors.back(), max_ratio);
  }

  const Samples& first = samples.front();
  const std::string& good = first.tokens.front();
  const std::string rest = good.substr(good.find('.'));
  register_refusal(first, "no dots", std::string(500, 'a'), 300);
  register_refusal(first, "too long", std::string(1024UL * 1024, 'a'), 300);
  register_refusal(first, "bad base64url", "!" + good.substr(1), 300);
  // {"alg":"HS256","typ":"JWT"}
  register_refusal(first, "unknown alg", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + rest, 300);

  const auto verifier =
      jwks::JwksVerifier::create_static(first.keys, first.policy.options()).value();
  register_verifier(first, verifier);

  const auto es256 = std::find_if(samples.begin(), samples.end(), [](const Samples& each) {
    return each.algorithm == Algorithm::es256;
  });
  register_storm(*es256, storm);
  register_minting();

  TableReporter table;
  benchmark::RunSpecifiedBenchmarks(&table);
  benchmark::Shutdown();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "jwks_bench: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
