#include "bench/row.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "bench/failure.hpp"
#include "jwks/version.hpp"

namespace bench {
namespace {

using nlohmann::ordered_json;

constexpr std::array kUnits{Unit::ratio,         Unit::speedup, Unit::ns,
                            Unit::ns_over_floor, Unit::count,   Unit::bytes};

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "-";
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

/// The target in words, and the figure that it is for unless a column shows that.
std::string target_text(const Row& row) {
  switch (row.unit) {
    case Unit::ratio:
      return "ratio <= " + fixed(row.target, 2);
    case Unit::speedup:
      return "ratio >= " + fixed(row.target, 2);
    case Unit::ns:
      return "ns <= " + fixed(row.target, 0);
    case Unit::ns_over_floor:
      return "ns - floor <= " + fixed(row.target, 0) + " (" + fixed(row.value, 0) + ')';
    case Unit::count:
      return "count <= " + fixed(row.target, 0) + " (" + fixed(row.value, 0) + ')';
    case Unit::bytes:
      return "bytes <= " + fixed(row.target, 0) + " (" + fixed(row.value, 0) + ')';
  }
  return "-";
}

/// What there is to say about a row without a target.
std::string figure_text(const Row& row) {
  const bool in_a_column = row.unit != Unit::count && row.unit != Unit::bytes;
  return in_a_column ? "-" : fixed(row.value, 0) + ' ' + std::string(to_string(row.unit));
}

ordered_json number(double value) {
  return std::isnan(value) ? ordered_json() : ordered_json(value);
}

ordered_json to_json(const Row& row) {
  return {{"name", row.name},
          {"threads", row.threads},
          {"floor_ns", number(row.floor_ns)},
          {"ns", number(row.ns)},
          {"cpu_ns", number(row.cpu_ns)},
          {"ratio", number(row.ratio)},
          {"spread", number(row.spread)},
          {"value", number(row.value)},
          {"target", number(row.target)},
          {"target_of", to_string(row.unit)},
          {"met", row.is_judged() ? ordered_json(row.met()) : ordered_json()}};
}

double number_of(const ordered_json& row, const char* name) {
  return row.at(name).is_null() ? kNone : row.at(name).get<double>();
}

Row from_json(const ordered_json& row) {
  const auto unit = row.at("target_of").get<std::string>();
  const auto* const known = std::find_if(kUnits.begin(), kUnits.end(),
                                         [&](Unit each) { return to_string(each) == unit; });
  require(known != kUnits.end(), "a row of an unknown unit");
  return {.name = row.at("name").get<std::string>(),
          .threads = row.at("threads").get<unsigned>(),
          .floor_ns = number_of(row, "floor_ns"),
          .ns = number_of(row, "ns"),
          .cpu_ns = number_of(row, "cpu_ns"),
          .ratio = number_of(row, "ratio"),
          .spread = number_of(row, "spread"),
          .unit = *known,
          .value = number_of(row, "value"),
          .target = number_of(row, "target")};
}

/// The first "model name" of /proc/cpuinfo; "unknown" where there is none.
std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string date_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::ostringstream out;
  out << std::put_time(&parts, "%Y-%m-%dT%H:%M:%SZ");
  return out.str();
}

}  // namespace

std::string_view to_string(Unit unit) noexcept {
  switch (unit) {
    case Unit::ratio:
      return "ratio";
    case Unit::speedup:
      return "speedup";
    case Unit::ns:
      return "ns";
    case Unit::ns_over_floor:
      return "ns over floor";
    case Unit::count:
      return "count";
    case Unit::bytes:
      return "bytes";
  }
  return "";
}

bool Row::is_judged() const noexcept { return !std::isnan(target) && !std::isnan(value); }

bool Row::met() const noexcept { return unit == Unit::speedup ? value >= target : value <= target; }

Context context() {
  return {.date = date_now(),
          .cpu = cpu_name(),
          .cores = std::thread::hardware_concurrency(),
          .openssl = OpenSSL_version(OPENSSL_VERSION),
          .compiler = JWKS_BENCH_COMPILER,
          .build_type = JWKS_BENCH_BUILD_TYPE,
          .library = JWKS_VERSION_STRING};
}

void print(std::ostream& out, const Context& context, const std::vector<Row>& rows) {
  out << '\n'
      << context.date << ", " << context.cores << " cores of " << context.cpu << ", "
      << context.openssl << ", " << context.compiler << ", " << context.build_type << ", jwks-cpp "
      << context.library << "\n\n";
  const auto cell = [&](const std::string& text, int width) { out << std::setw(width) << text; };
  out << std::left << std::setw(44) << "name" << std::right;
  cell("threads", 8);
  for (const char* title : {"floor ns", "ns", "cpu ns", "ratio", "spread"}) cell(title, 11);
  out << "  " << std::left << std::setw(8) << "met" << "target\n";
  for (const Row& row : rows) {
    out << std::left << std::setw(44) << row.name << std::right;
    cell(std::to_string(row.threads), 8);
    for (const double ns : {row.floor_ns, row.ns, row.cpu_ns}) cell(fixed(ns, 0), 11);
    cell(fixed(row.ratio, 3), 11);
    cell(fixed(row.spread, 3), 11);
    const char* const met = row.met() ? "met" : "missed";
    out << "  " << std::left << std::setw(8) << (row.is_judged() ? met : "-")
        << (std::isnan(row.target) ? figure_text(row) : target_text(row)) << '\n';
  }
  out << "\nratio: median of ratios of short blocks beside each other, ours over floor, and for "
         "scaling/*\nthe throughput of all threads over that of one. spread: how far the ratios of "
         "the repetitions\nlie apart. What each row and its floor are: bench/README.md.\n";
}

void write_json(const std::string& file, const Context& context, const std::vector<Row>& rows) {
  ordered_json document{{"context",
                         {{"date", context.date},
                          {"cpu", context.cpu},
                          {"cores", context.cores},
                          {"openssl", context.openssl},
                          {"compiler", context.compiler},
                          {"build_type", context.build_type},
                          {"library_version", context.library}}},
                        {"rows", ordered_json::array()}};
  for (const Row& row : rows) document["rows"].push_back(to_json(row));
  std::ofstream out(file);
  out << document.dump(2) << '\n';
  out.close();
  require(out.good(), "cannot write " + file);
}

std::vector<Row> read_rows(const std::string& file) {
  std::ifstream in(file);
  require(in.is_open(), "cannot read " + file);
  const ordered_json document = ordered_json::parse(in);
  std::vector<Row> rows;
  for (const ordered_json& row : document.at("rows")) rows.push_back(from_json(row));
  return rows;
}

}  // namespace bench
