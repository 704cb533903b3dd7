#pragma once

// Options that several commands have in common.

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "jwks/algorithm.hpp"
#include "jwks/fetcher.hpp"

namespace jwks::cli {

/// Where keys come from. The first that is set counts: `jwks_file`, `pem_file`, `secret_file`,
/// `jwks_uri`, and else discovery at `issuer`.
struct KeyLocation {
  std::string issuer{};
  std::string jwks_uri{};
  std::string jwks_file{};
  std::string pem_file{};
  std::string secret_file{};
  std::string ca_file{};
  bool allow_loopback_http = false;

  [[nodiscard]] HttpOptions http() const {
    return {.allow_loopback_http = allow_loopback_http, .ca_file = ca_file};
  }
};

/// Refuses an empty text: of a variable that is not set, most often.
[[nodiscard]] CLI::Validator is_not_empty();
/// Accepts a whole number in decimal notation only: CLI11 would read 010 as 8.
[[nodiscard]] CLI::Validator is_decimal();

/// --ca-file and --allow-loopback-http.
void add_network_options(CLI::App& command, KeyLocation& keys);

/// --algorithms; `names` is what `algorithms_of` takes.
CLI::Option* add_algorithms(CLI::App& command, std::vector<std::string>& names);
/// Checked names as algorithms.
[[nodiscard]] std::vector<Algorithm> algorithms_of(const std::vector<std::string>& names);

/// The last time that the system's clock can show: some day in the year 2262.
inline constexpr std::chrono::sys_seconds kLastTime =
    std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::time_point::max());

/// From 1970 to `kLastTime`: seconds since 1970, or a UTC time as 2026-01-31T23:59:59Z.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_time(const std::string& text);
/// Accepts what `parse_time` reads.
[[nodiscard]] CLI::Validator is_time();

}  // namespace jwks::cli
