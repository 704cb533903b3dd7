#pragma once

// The one table that a run ends with.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

// Counters by which a benchmark tells what its row is made of.
inline constexpr const char* kBaseNs = "base_ns";      ///< what it is compared with
inline constexpr const char* kOursNs = "ours_ns";      ///< the library
inline constexpr const char* kRatio = "ratio";         ///< median of paired ours / base
inline constexpr const char* kMaxRatio = "max_ratio";  ///< target
inline constexpr const char* kMaxNs = "max_ns";        ///< target for ours, or for ours − base

/// Collects the medians over the repetitions and prints them at the end.
class TableReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  struct Row {
    std::string name;
    std::int64_t position = 0;  ///< in order of registration
    benchmark::UserCounters medians;
    double ratio_spread = 0;  ///< of the repetitions' medians, largest − smallest
  };
  std::vector<Row> rows_;
};

}  // namespace bench
