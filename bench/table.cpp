#include "bench/table.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>

namespace bench {
namespace {

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

double counter(const benchmark::UserCounters& counters, const char* name) {
  const auto it = counters.find(name);
  return it == counters.end() ? 0 : it->second.value;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool TableReporter::ReportContext(const Context& context) {
  PrintBasicContext(&GetErrorStream(), context);
  return true;
}

void TableReporter::ReportRuns(const std::vector<Run>& runs) {
  Row row;
  std::map<std::string, std::vector<double>> values;
  double lowest = std::numeric_limits<double>::max();
  double highest = 0;
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
    row.name = run.run_name.function_name;
    row.position = run.family_index;
    for (const auto& [name, value] : run.counters) values[name].push_back(value.value);
    lowest = std::min(lowest, counter(run.counters, kRatio));
    highest = std::max(highest, counter(run.counters, kRatio));
  }
  if (row.name.empty()) return;  // only aggregates, or an error
  for (const auto& [name, list] : values) row.medians[name] = benchmark::Counter(median(list));
  row.ratio_spread = highest - lowest;
  rows_.push_back(row);
}

void TableReporter::Finalize() {
  // Interleaved runs end in random order.
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& a, const Row& b) { return a.position < b.position; });
  auto& out = GetOutputStream();
  const auto cell = [&](const std::string& text, int width) { out << std::setw(width) << text; };
  out << '\n' << std::left << std::setw(30) << "name" << std::right;
  for (const char* title : {"base ns", "ours ns", "ours-base", "ratio", "spread"}) cell(title, 12);
  out << "  target\n";
  for (const Row& row : rows_) {
    const double base = counter(row.medians, kBaseNs);
    const double ours = counter(row.medians, kOursNs);
    const double max_ratio = counter(row.medians, kMaxRatio);
    const double max_ns = counter(row.medians, kMaxNs);
    out << std::left << std::setw(30) << row.name << std::right;
    cell(base > 0 ? fixed(base, 0) : "-", 12);
    cell(fixed(ours, 0), 12);
    cell(base > 0 ? fixed(ours - base, 0) : "-", 12);
    cell(base > 0 ? fixed(counter(row.medians, kRatio), 3) : "-", 12);
    cell(base > 0 ? fixed(row.ratio_spread, 3) : "-", 12);
    if (max_ratio > 0) out << "  ratio <= " << fixed(max_ratio, 2);
    if (max_ns > 0)
      out << (base > 0 ? "  ours-base <= " : "  ours <= ") << fixed(max_ns, 0) << " ns";
    out << '\n';
  }
  out << "\nbase: bare OpenSSL, the pure core for verifier/*, the same machine as busy without a "
         "storm\n"
         "for storm/*. ratio: median of ratios of adjacent short blocks (storm: of quantiles of "
         "all\n"
         "calls); spread: highest minus lowest such median of all repetitions.\n";
}

}  // namespace bench
