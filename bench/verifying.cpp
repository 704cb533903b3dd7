#include "bench/verifying.hpp"

#include <array>
#include <atomic>
#include <cstdint>

#include "bench/failure.hpp"
#include "bench/issuer.hpp"
#include "bench/paired.hpp"
#include "jwks/verify.hpp"

namespace bench {
namespace {

using jwks::Algorithm;

constexpr double kMaxHitNs = 500;

using Judge = bool (Subject::*)(int number) const noexcept;

struct Way {
  const char* name;
  Judge judge;
};
constexpr Way kHit{"token cache hit", &Subject::cache_hit};
constexpr std::array kChecks{Way{"verify", &Subject::core},
                             Way{"JwksVerifier::verify", &Subject::verifier},
                             Way{"JwksVerifier::verify_cached", &Subject::verifier_cached}};

/// PERFORMANCE has one for the pure core; through a verifier there is one for what it adds.
double max_ratio(const Subject& subject) {
  switch (subject.samples().algorithm) {
    case Algorithm::rs256:
    case Algorithm::ps256:
      return 1.05;
    case Algorithm::hs256:
      return 2.0;
    default:
      return 1.01;
  }
}

/// Calls in a block: long enough to be timed, short enough that the floor and ours see the same
/// machine.
int per_round(const Subject& subject) {
  return subject.samples().is_hmac() ? 200 : 2 * kTokensPerAlgorithm;
}

void register_way(Table& table, Crew& crew, const Subject& subject, const Way& way, Row row) {
  row.name = std::string(way.name) + '/' + subject.name();
  const unsigned threads = row.threads;
  for (int i = 0; i < kTokensPerAlgorithm; ++i) {
    require((subject.*way.judge)(i), row.name + ": a good token is refused");
  }
  table.add(row, [&crew, &subject, &way, threads](benchmark::State& state) {
    // A fast refusal must not pass for a fast verification.
    std::atomic<bool> refused = false;
    const auto judge = [&](bool accepted) {
      if (!accepted) refused = true;
    };
    run_paired(
        state, crew, threads, per_round(subject),
        [&](unsigned member, int i) { judge(subject.floor(member, i)); },
        [&](unsigned, int i) { judge((subject.*way.judge)(i)); });
    require(!refused, "a good token was refused");
    if (way.judge == kHit.judge) subject.require_hits();
  });
}

}  // namespace

Subject::Subject(Algorithm algorithm, unsigned threads)
    : samples_(make_samples(algorithm)),
      verifier_(make_verifier(samples_)),
      caching_(make_verifier(samples_, {.max_entries = 1000})) {
  floors_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) floors_.emplace_back(samples_);
}

bool Subject::core(int number) const noexcept {
  return jwks::verify(samples_.token(number), samples_.keys, samples_.policy, samples_.now)
      .has_value();
}

bool Subject::verifier(int number) const noexcept {
  return verifier_.verify(samples_.token(number)).has_value();
}

bool Subject::verifier_cached(int number) const noexcept {
  return verifier_.verify_cached(samples_.token(number)).has_value();
}

bool Subject::cache_hit(int number) const noexcept {
  return caching_.verify(samples_.token(number)).has_value();
}

void Subject::require_hits() const {
  const jwks::Stats stats = caching_.stats();
  // Eight misses at the beginning, and eight whenever the cache has let its entries expire.
  constexpr std::uint64_t kFew = 256;
  require(stats.token_cache_hits + kFew >= stats.accepted,
          name() + ": the token cache does not hit");
}

void register_verifying(Table& table, Crew& crew, const std::deque<Subject>& subjects) {
  for (const Subject& subject : subjects) {
    for (const unsigned threads : {1U, 2U}) {
      for (const Way& way : kChecks) {
        // At two threads what counts is that both get on as one does: scaling/….
        const bool limited = way.judge == kChecks.front().judge && threads == 1;
        register_way(table, crew, subject, way,
                     {.threads = threads, .target = limited ? max_ratio(subject) : kNone});
      }
      if (!subject.samples().is_hmac()) {
        register_way(table, crew, subject, kHit,
                     {.threads = threads, .unit = Unit::ns, .target = kMaxHitNs});
      }
    }
  }
}

}  // namespace bench
