#pragma once

// Every figure is measured beside what it is compared with: a round runs a short block of the floor
// and a short block of ours, in random order, and only the ratio within a round counts. The machine
// may change its speed by half from one second to the next without doing much to such a ratio.

#include <benchmark/benchmark.h>

#include <chrono>
#include <numeric>
#include <random>
#include <vector>

#include "bench/crew.hpp"
#include "bench/median.hpp"
#include "bench/table.hpp"

namespace bench {

/// Runs `block` `count` times and returns the nanoseconds of one.
template <class Block>
double time_ns(int count, Block&& block) {
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) block(i);
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began)
             .count() /
         count;
}

/// What the rounds of one run found.
class Rounds {
 public:
  void add(double floor_ns, double ns, double ratio) {
    floor_ns_.push_back(floor_ns);
    ns_.push_back(ns);
    ratios_.push_back(ratio);
    over_floor_.push_back(ns - floor_ns);
  }
  void add(double floor_ns, double ns) { add(floor_ns, ns, ns / floor_ns); }
  /// Beside any of the above.
  void add_cpu(double cpu_ns) { cpu_ns_.push_back(cpu_ns); }

  void report(benchmark::State& state) const {
    state.counters[kFloorNs] = median(floor_ns_);
    state.counters[kNs] = median(ns_);
    state.counters[kRatio] = median(ratios_);
    state.counters[kNsOverFloor] = median(over_floor_);
    if (!cpu_ns_.empty()) state.counters[kCpuNs] = median(cpu_ns_);
  }

 private:
  std::vector<double> floor_ns_;
  std::vector<double> ns_;
  std::vector<double> ratios_;
  std::vector<double> over_floor_;
  std::vector<double> cpu_ns_;
};

/// Runs two things in random order.
class CoinToss {
 public:
  template <class First, class Second>
  void both(First&& first, Second&& second) {
    const bool swapped = (random_() & 1024U) != 0;
    if (swapped) second();
    first();
    if (!swapped) second();
  }

 private:
  std::minstd_rand random_{std::random_device{}()};
};

/// One iteration of the benchmark is one round: every thread runs `per_round` calls of each, all of
/// them the same one at a time. A time is that of a call on its own thread. `floor` and `ours` take
/// the number of the thread and of the call.
template <class Floor, class Ours>
void run_paired(benchmark::State& state, Crew& crew, unsigned threads, int per_round, Floor&& floor,
                Ours&& ours) {
  const auto time_of = [&](auto& call) {
    const Crew::Work block = [&](unsigned member) {
      for (int i = 0; i < per_round; ++i) call(member, i);
    };
    return crew.run(threads, block).each / per_round;
  };
  CoinToss toss;
  Rounds rounds;
  for ([[maybe_unused]] auto round : state) {
    double floor_ns = 0;
    double ns = 0;
    toss.both([&] { floor_ns = time_of(floor); }, [&] { ns = time_of(ours); });
    rounds.add(floor_ns, ns);
  }
  rounds.report(state);
}

/// A row without a floor: one iteration of the benchmark is one `time()`, in nanoseconds.
template <class Time>
Table::Measure measure_alone(Time time) {
  return [time](benchmark::State& state) mutable {
    std::vector<double> ns;
    for ([[maybe_unused]] auto round : state) ns.push_back(time());
    state.counters[kNs] = median(ns);
  };
}

}  // namespace bench
