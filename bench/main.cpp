// The program: registers the rows of the table, runs them and prints it.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/crew.hpp"
#include "bench/failure.hpp"
#include "bench/key_sets.hpp"
#include "bench/minting.hpp"
#include "bench/options.hpp"
#include "bench/peers/peers.hpp"
#include "bench/refusals.hpp"
#include "bench/row.hpp"
#include "bench/scaling.hpp"
#include "bench/storm.hpp"
#include "bench/table.hpp"
#include "bench/verifying.hpp"

namespace bench {
namespace {

using jwks::Algorithm;

constexpr double kMaxLibraryBytes = 1024.0 * 1024;

const Subject& subject_of(const std::deque<Subject>& subjects, Algorithm algorithm) {
  return *std::find_if(subjects.begin(), subjects.end(),
                       [&](const Subject& each) { return each.samples().algorithm == algorithm; });
}

int run(int argc, char** argv) {
  const Options options = take_options(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

  Crew crew(kMostThreads);
  std::deque<Subject> subjects;  // the benchmarks keep references
  for (const Algorithm algorithm : {Algorithm::es256, Algorithm::rs256, Algorithm::ps256,
                                    Algorithm::eddsa, Algorithm::es384, Algorithm::hs256}) {
    subjects.emplace_back(algorithm, kMostThreads);
  }
  const Subject& es256 = subject_of(subjects, Algorithm::es256);

  Table table;
  register_verifying(table, crew, subjects);
  register_scaling(table, crew, subjects);
  register_over_core(table, crew, subject_of(subjects, Algorithm::hs256), es256);
  register_refusals(table, es256);
  register_key_sets(table, subjects);
  register_storm(table, es256.samples(), options.storm);
  register_minting(table, crew);
  register_peers(table, crew, subjects);
  if (!std::isnan(options.library_bytes)) {
    table.add_measured({{.name = "library size",
                         .unit = Unit::bytes,
                         .value = options.library_bytes,
                         .target = kMaxLibraryBytes}});
  }
  for (const std::string& file : options.row_files) table.add_measured(read_rows(file));

  benchmark::RunSpecifiedBenchmarks(&table);
  benchmark::Shutdown();
  const Context where = context();
  const std::vector<Row> rows = table.rows();
  print(std::cout, where, rows);
  if (!options.json.empty()) write_json(options.json, where, rows);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  try {
    return bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "jwks_bench: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
