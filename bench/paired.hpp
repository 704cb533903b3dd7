#pragma once

// Every figure is measured beside what it is compared with: a round runs a short block of the base
// and a short block of ours, in random order, and only the ratio within a round counts. The machine
// may change its speed by half from one second to the next without doing much to such a ratio.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <random>
#include <vector>

#include "bench/table.hpp"

namespace bench {

inline double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Runs `block` `count` times and returns the nanoseconds of one.
template <class Block>
double time_ns(int count, Block&& block) {
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) block(i);
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began)
             .count() /
         count;
}

/// One iteration of the benchmark is one round of `per_round` calls of each.
template <class Base, class Ours>
void run_paired(benchmark::State& state, int per_round, Base&& base, Ours&& ours) {
  std::minstd_rand random(std::random_device{}());
  std::vector<double> base_ns;
  std::vector<double> ours_ns;
  std::vector<double> ratios;
  for ([[maybe_unused]] auto round : state) {
    const bool base_first = (random() & 1024U) != 0;
    double b = base_first ? time_ns(per_round, base) : 0;
    const double o = time_ns(per_round, ours);
    if (!base_first) b = time_ns(per_round, base);
    base_ns.push_back(b);
    ours_ns.push_back(o);
    ratios.push_back(o / b);
  }
  state.counters[kBaseNs] = median(base_ns);
  state.counters[kOursNs] = median(ours_ns);
  state.counters[kRatio] = median(ratios);
}

}  // namespace bench
