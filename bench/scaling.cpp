#include "bench/scaling.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "bench/failure.hpp"
#include "bench/paired.hpp"

namespace bench {
namespace {

constexpr double kMinSpeedup = 1.95;
constexpr double kBlockNs =
    2e6;  // so that threads that begin 10 µs apart are together all the same

/// A call that every thread of a crew makes.
using Call = std::function<bool(unsigned member, int number)>;

class Meter {
 public:
  Meter(Crew& crew, Call call) : crew_(crew), call_(std::move(call)) {
    const double once = std::max(1.0, time_ns(100, [&](int i) { require_good(0, i); }));
    per_thread_ = std::max(1, static_cast<int>(kBlockNs / once));
  }

  /// One block of every thread: the time that passes per verification, whoever does it, and the
  /// CPU time of one.
  Crew::Cost measure(unsigned threads) {
    Crew::Cost cost = crew_.run(threads, [this](unsigned member) {
      for (int i = 0; i < per_thread_; ++i) require_good(member, i);
    });
    cost.wall /= static_cast<double>(threads) * per_thread_;
    cost.cpu /= per_thread_;
    return cost;
  }

 private:
  void require_good(unsigned member, int number) const {
    require(call_(member, number), "a good token is refused");
  }

  Crew& crew_;
  Call call_;
  int per_thread_ = 1;
};

void register_speedup(Table& table, Crew& crew, const std::string& what, const Call& call,
                      double target) {
  table.add({.name = "scaling/" + what, .threads = 2, .unit = Unit::speedup, .target = target},
            [meter = Meter(crew, call)](benchmark::State& state) mutable {
              Rounds rounds;
              CoinToss toss;
              for ([[maybe_unused]] auto round : state) {
                Crew::Cost alone;
                Crew::Cost together;
                toss.both([&] { alone = meter.measure(1); }, [&] { together = meter.measure(2); });
                if (alone.disturbed || together.disturbed) continue;  // about others, not us
                rounds.add(alone.wall, together.wall, alone.wall / together.wall);
                rounds.add_cpu(together.cpu);
              }
              rounds.report(state);
            });
}

void register_contention(Table& table, Crew& crew, const std::string& what, const Call& floor,
                         const Call& ours) {
  for (const unsigned threads : {1U, 2U, 4U, 8U}) {
    table.add({.name = "contention/" + what, .threads = threads},
              [floor_meter = Meter(crew, floor), meter = Meter(crew, ours),
               threads](benchmark::State& state) mutable {
                Rounds rounds;
                CoinToss toss;
                for ([[maybe_unused]] auto round : state) {
                  Crew::Cost bare;
                  Crew::Cost whole;
                  toss.both([&] { bare = floor_meter.measure(threads); },
                            [&] { whole = meter.measure(threads); });
                  // Of CPU times: with more threads than cores, the clock on the wall is mostly
                  // the scheduler's.
                  rounds.add(bare.wall, whole.wall, whole.cpu / bare.cpu);
                  rounds.add_cpu(whole.cpu);
                }
                rounds.report(state);
              });
  }
}

}  // namespace

void register_scaling(Table& table, Crew& crew, const std::deque<Subject>& subjects) {
  for (const Subject& subject : subjects) {
    const auto algorithm = subject.samples().algorithm;
    if (algorithm != jwks::Algorithm::es256 && algorithm != jwks::Algorithm::rs256) continue;
    const Call floor = [&subject](unsigned member, int i) { return subject.floor(member, i); };
    const Call core = [&subject](unsigned, int i) { return subject.core(i); };
    const Call verifier = [&subject](unsigned, int i) { return subject.verifier(i); };
    const Call hit = [&subject](unsigned, int i) { return subject.cache_hit(i); };
    const std::string name = '/' + subject.name();
    register_speedup(table, crew, "floor" + name, floor, kNone);
    register_speedup(table, crew, "verify" + name, core, kMinSpeedup);
    register_speedup(table, crew, "JwksVerifier::verify" + name, verifier, kMinSpeedup);
    register_speedup(table, crew, "token cache hit" + name, hit, kMinSpeedup);
    register_contention(table, crew, "verify" + name, floor, core);
    register_contention(table, crew, "JwksVerifier::verify" + name, floor, verifier);
    register_contention(table, crew, "token cache hit" + name, floor, hit);
  }
}

}  // namespace bench
