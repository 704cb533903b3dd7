#pragma once

// The one table that a run ends with: its rows are registered here, measured by Google Benchmark in
// random order and many times, and brought together at the end.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/row.hpp"

namespace bench {

// Counters by which one run of a benchmark tells what it measured.
inline constexpr const char* kFloorNs = "floor_ns";
inline constexpr const char* kNs = "ns";
inline constexpr const char* kCpuNs = "cpu_ns";
inline constexpr const char* kRatio = "ratio";
inline constexpr const char* kNsOverFloor = "ns_over_floor";

class Table : public benchmark::BenchmarkReporter {
 public:
  using Measure = std::function<void(benchmark::State&)>;

  /// Registers a row: `row` has its name, threads, unit and target, `measure` sets the counters
  /// that there are. The answer is for Google Benchmark's own settings.
  benchmark::internal::Benchmark* add(Row row, Measure measure);
  /// Takes rows that were measured elsewhere; they come last.
  void add_measured(std::vector<Row> rows);

  /// The medians over the repetitions, in order of registration. Rows that were not run (by a
  /// filter) are left out.
  [[nodiscard]] std::vector<Row> rows() const;

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

 private:
  struct Entry {
    Row row;
    std::map<std::string, std::vector<double>> counters;  ///< one value of each repetition
  };
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> numbers_;  ///< of entries, by Google Benchmark's names
  std::vector<Row> measured_;
};

}  // namespace bench
