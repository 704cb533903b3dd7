#include "cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "base/text.hpp"
#include "cli/algorithm_names.hpp"
#include "cli/terminal.hpp"

namespace jwks::cli {
namespace {

CLI::Validator is_algorithm() {
  return {[](const std::string& name) {
            if (algorithm_from_name(name)) return std::string();
            return "not a signature algorithm; there are " + list_names(kKeyPairAlgorithms) +
                   ", and " + list_names(kSecretAlgorithms) + " for secrets";
          },
          "ALG", "algorithm"};
}

}  // namespace

CLI::Validator is_not_empty() {
  return {[](const std::string& text) {
            return text.empty() ? std::string("must not be empty") : std::string();
          },
          ""};
}

CLI::Validator is_decimal() {
  return {[](const std::string& text) {
            const std::string_view digits = std::string_view(text).substr(text.starts_with('-'));
            const bool plain = !digits.empty() && std::ranges::all_of(digits, text::is_digit) &&
                               (digits.size() == 1 || digits.front() != '0');
            return plain ? std::string() : text + " is not a whole number in plain decimals";
          },
          ""};
}

void add_network_options(CLI::App& command, KeyLocation& keys) {
  command.add_flag("--allow-loopback-http", keys.allow_loopback_http,
                   "Accept http:// URLs on this machine, for tests");
  command.add_option("--ca-file", keys.ca_file, "PEM file of the authorities to trust for https")
      ->check(CLI::ExistingFile);
}

CLI::Option* add_algorithms(CLI::App& command, std::vector<std::string>& names) {
  return command.add_option("--algorithms", names, "Allow-list, comma-separated")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(is_algorithm());
}

std::vector<Algorithm> algorithms_of(const std::vector<std::string>& names) {
  std::vector<Algorithm> algorithms;
  algorithms.reserve(names.size());
  for (const std::string& name : names) algorithms.push_back(algorithm_from_name(name).value());
  return algorithms;
}

std::optional<std::chrono::sys_seconds> parse_time(const std::string& text) {
  std::int64_t seconds = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, seconds);
  if (error != std::errc() || end != last) {
    std::tm time{};
    if (strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr) return std::nullopt;
    seconds = timegm(&time);
    // It takes the 31st of February for the 3rd of March, and more than one spelling.
    if (utc_text(std::chrono::sys_seconds(std::chrono::seconds(seconds))) != text)
      return std::nullopt;
  }
  if (seconds < 0 || seconds > kLastTime.time_since_epoch().count()) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

CLI::Validator is_time() {
  return {[](const std::string& text) {
            return parse_time(text) ? std::string()
                                    : "neither seconds since 1970 nor like 2026-01-31T23:59:59Z";
          },
          "TIME", "time"};
}

}  // namespace jwks::cli
