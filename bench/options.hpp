#pragma once

// The program's own options, beside those of Google Benchmark.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/row.hpp"
#include "bench/storm.hpp"

namespace bench {

struct Options {
  std::string json;                    ///< `--json=FILE`: write the rows there as well
  std::vector<std::string> row_files;  ///< `--rows=FILE`: rows measured by another program
  double library_bytes = kNone;        ///< `--library_bytes=N`: a row of its own
  StormOptions storm;                  ///< `--storm_seconds=…`, `--storm_threads=…`
};

/// Takes them out of the arguments. *Failure:* throws.
[[nodiscard]] inline Options take_options(int& argc, char** argv) {
  Options options;
  const auto take = [&](std::string_view argument) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = argument.substr(0, equals);
    const std::string value(argument.substr(equals + 1));
    if (name == "--json") {
      options.json = value;
    } else if (name == "--rows") {
      options.row_files.push_back(value);
    } else if (name == "--library_bytes") {
      options.library_bytes = std::stod(value);
    } else if (name == "--storm_seconds") {
      options.storm.seconds = std::stod(value);
    } else if (name == "--storm_threads") {
      options.storm.threads = static_cast<unsigned>(std::stoul(value));
    } else {
      return false;
    }
    return true;
  };
  argc = static_cast<int>(std::remove_if(argv + 1, argv + argc, take) - argv);
  return options;
}

}  // namespace bench
