#pragma once

// Reading a configuration in a test, and looking at what was found.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/config.hpp"
#include "support/catch.hpp"

namespace test {

using jwks::emulator::LoadedConfig;
using jwks::emulator::SeedProblem;

inline std::vector<std::string> lines(const std::vector<SeedProblem>& findings) {
  std::vector<std::string> all;
  for (const SeedProblem& each : findings) all.push_back(jwks::emulator::to_string(each));
  return all;
}

inline bool has(const std::vector<SeedProblem>& findings, std::string_view path,
                std::string_view part) {
  return std::any_of(findings.begin(), findings.end(), [&](const SeedProblem& each) {
    return each.path == path && each.message.find(part) != std::string::npos;
  });
}

/// The options of a text that has nothing wrong.
inline jwks::emulator::EmulatorOptions configured(std::string_view text) {
  const LoadedConfig loaded = jwks::emulator::load_config(text);
  CHECK(lines(loaded.problems).empty());
  CHECK(lines(loaded.warnings).empty());
  return loaded.options;
}

/// The only problem of a text.
inline std::string problem_of(std::string_view text) {
  const LoadedConfig loaded = jwks::emulator::load_config(text);
  const auto all = lines(loaded.problems);
  CAPTURE(all);
  CHECK(all.size() == 1);
  return all.empty() ? std::string() : all.front();
}

}  // namespace test
