// Counts allocations and locks and writes them as rows, for the table of jwks_bench.
//
//   jwks_bench_allocations [--rows=FILE]

#include <cstdlib>
#include <exception>
#include <iostream>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/allocations/counting.hpp"
#include "bench/failure.hpp"
#include "bench/floor.hpp"
#include "bench/issuer.hpp"
#include "bench/key_documents.hpp"
#include "bench/row.hpp"
#include "bench/samples.hpp"
#include "jwks/verify.hpp"

namespace bench {
namespace {

using jwks::Algorithm;

constexpr int kWarmUp = 100;
constexpr int kCalls = 200;

struct Targets {
  double allocations = kNone;
  double exclusive_locks = kNone;
};
constexpr Targets kRefusal{.allocations = 0, .exclusive_locks = 0};
constexpr Targets kCold{.allocations = 4};
constexpr Targets kHit{.allocations = 4, .exclusive_locks = 0};
constexpr Targets kNothing{};

class Counts {
 public:
  /// What one of `calls` calls takes, as a row for each kind of thing; answers its exclusive locks.
  template <class Call>
  double count(const std::string& what, const Targets& targets, int calls, Call&& call) {
    const Counters before = counters_so_far();
    for (int i = 0; i < calls; ++i) call(i);
    const Counters after = counters_so_far();
    const auto add = [&](const char* kind, std::size_t Counters::* counter, double target) {
      rows_.push_back({.name = std::string(kind) + '/' + what,
                       .unit = Unit::count,
                       .value = static_cast<double>(after.*counter - before.*counter) / calls,
                       .target = target});
    };
    add("allocations", &Counters::ours, targets.allocations);
    add("allocations of OpenSSL", &Counters::openssl, kNone);
    add("exclusive locks", &Counters::exclusive_locks, targets.exclusive_locks);
    add("shared locks", &Counters::shared_locks, kNone);
    return static_cast<double>(after.exclusive_locks - before.exclusive_locks) / calls;
  }
  template <class Call>
  double count_warm(const std::string& what, const Targets& targets, Call&& call) {
    for (int i = 0; i < kWarmUp; ++i) call(i);
    return count(what, targets, kCalls, call);
  }

  [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }

 private:
  std::vector<Row> rows_;
};

/// What is counted as nothing must not be nothing because nobody counts.
void require_counting() {
  const Counters before = counters_so_far();
  std::mutex exclusive;
  std::shared_mutex shared;
  {
    const std::lock_guard lock(exclusive);
  }
  {
    const std::shared_lock lock(shared);
  }
  {
    const std::unique_lock lock(shared);
  }
  ::operator delete(::operator new(100));  // calls, which no compiler leaves out
  const Counters after = counters_so_far();
  require(after.exclusive_locks == before.exclusive_locks + 2, "exclusive locks are not counted");
  require(after.shared_locks == before.shared_locks + 1, "shared locks are not counted");
  require(after.ours == before.ours + 1, "allocations are not counted");
}

void count_verification(Counts& counts, const Samples& samples) {
  const std::string name = '/' + std::string(to_string(samples.algorithm));
  const auto core = [&](int i) {
    require(jwks::verify(samples.token(i), samples.keys, samples.policy, samples.now).has_value(),
            "a good token is refused");
  };
  const Floor floor(samples);
  // P-384 makes OpenSSL take locks of its own; a verification takes no more.
  const double locks = counts.count_warm("floor" + name, kNothing, [&](int i) {
    require(floor.verify(i), "the floor refuses a good signature");
  });
  const Targets warm{.allocations = kCold.allocations, .exclusive_locks = locks};

  // A key set and a thread that have not verified anything. What others do on that thread, such as
  // starting it, is not between the counts.
  std::thread([&] { counts.count("verify, cold" + name, kCold, 1, core); }).join();
  counts.count_warm("verify" + name, warm, core);

  const auto through = [](const jwks::JwksVerifier& verifier, const Samples& of) {
    return [&](int i) {
      require(verifier.verify(of.token(i)).has_value(), "a good token is refused");
    };
  };
  const jwks::JwksVerifier verifier = make_verifier(samples);
  counts.count_warm("JwksVerifier::verify" + name, warm, through(verifier, samples));
  if (samples.is_hmac()) return;
  const jwks::JwksVerifier caching = make_verifier(samples, {.max_entries = 1000});
  counts.count_warm("token cache hit" + name, kHit, through(caching, samples));
}

void count_refusals(Counts& counts, const Samples& samples) {
  for (const auto& [what, token] : make_refused_tokens(samples)) {
    counts.count_warm("refuse/" + what, kRefusal, [&, &text = token](int) {
      require(!jwks::verify(text, samples.keys, samples.policy, samples.now), "accepted");
    });
  }
}

void count_keys(Counts& counts) {
  struct Kind {
    KeyType type;
    const char* name;
  };
  for (const auto& [type, name] : {Kind{KeyType::ec, "P-256"}, Kind{KeyType::rsa, "RSA-2048"},
                                   Kind{KeyType::okp, "Ed25519"}}) {
    const std::string document = key_set_of(make_jwks(type, 100));
    counts.count(std::string("keys/parse 100 ") + name, kNothing, 1, [&](int) {
      require(jwks::JwkSet::parse(document).has_value(), "the key set is refused");
    });
  }
}

int run(int argc, char** argv) {
  count_openssl();
  require_counting();
  constexpr std::string_view kRows = "--rows=";
  std::string file;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with(kRows)) fail("unknown option " + std::string(argument));
    file = argument.substr(kRows.size());
  }
  Counts counts;
  for (const Algorithm algorithm : {Algorithm::es256, Algorithm::rs256, Algorithm::ps256,
                                    Algorithm::eddsa, Algorithm::es384, Algorithm::hs256}) {
    count_verification(counts, make_samples(algorithm));
  }
  count_refusals(counts, make_samples(Algorithm::es256));
  count_keys(counts);
  if (file.empty()) {
    print(std::cout, context(), counts.rows());
  } else {
    write_json(file, context(), counts.rows());
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "jwks_bench_allocations: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
