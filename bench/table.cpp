#include "bench/table.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "bench/failure.hpp"
#include "bench/median.hpp"

namespace bench {
namespace {

/// The figure of a row that its target is for.
double value_of(const Row& row, double ns_over_floor) {
  switch (row.unit) {
    case Unit::ns:
      return row.ns;
    case Unit::ns_over_floor:
      return ns_over_floor;
    default:
      return row.ratio;
  }
}

}  // namespace

benchmark::internal::Benchmark* Table::add(Row row, Measure measure) {
  std::string name = row.name;
  if (row.threads > 1) name += "/threads:" + std::to_string(row.threads);
  require(numbers_.emplace(name, entries_.size()).second, "two rows are called " + name);
  entries_.push_back({.row = std::move(row), .counters = {}});
  return benchmark::RegisterBenchmark(name.c_str(), std::move(measure));
}

void Table::add_measured(std::vector<Row> rows) {
  measured_.insert(measured_.end(), rows.begin(), rows.end());
}

bool Table::ReportContext(const Context& context) {
  PrintBasicContext(&GetErrorStream(), context);
  return true;
}

void Table::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    require(!run.error_occurred, run.benchmark_name() + ": " + run.error_message);
    Entry& entry = entries_.at(numbers_.at(run.run_name.function_name));
    for (const auto& [name, counter] : run.counters) {
      if (!std::isnan(counter.value)) entry.counters[name].push_back(counter.value);
    }
  }
}

std::vector<Row> Table::rows() const {
  std::vector<Row> rows;
  for (const Entry& entry : entries_) {
    if (entry.counters.empty()) continue;
    const auto values = [&](const char* name) {
      const auto it = entry.counters.find(name);
      return it == entry.counters.end() ? std::vector<double>{} : it->second;
    };
    Row row = entry.row;
    row.floor_ns = median(values(kFloorNs));
    row.ns = median(values(kNs));
    row.cpu_ns = median(values(kCpuNs));
    const std::vector<double> ratios = values(kRatio);
    row.ratio = median(ratios);
    if (!ratios.empty()) {
      const auto [lowest, highest] = std::minmax_element(ratios.begin(), ratios.end());
      row.spread = *highest - *lowest;
    }
    row.value = value_of(row, median(values(kNsOverFloor)));
    rows.push_back(std::move(row));
  }
  rows.insert(rows.end(), measured_.begin(), measured_.end());
  return rows;
}

}  // namespace bench
