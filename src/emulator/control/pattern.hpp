#pragma once

// Which requests hooks and faults are for: a method and a path, as they are sent.

#include <string>
#include <string_view>

#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// The control endpoints are below. No pattern matches there: who makes the emulator fail must be
/// able to end it.
inline constexpr std::string_view kControlPrefix = "/_emulate/";

/// "*", "/exact" and "/prefix/*" (which stands for "/prefix" too) against a path, "*" and "GET"
/// against a method.
[[nodiscard]] bool matches(std::string_view pattern_method, std::string_view pattern_path,
                           const HttpRequest& request) noexcept;
/// The same for a path alone.
[[nodiscard]] bool matches_path(std::string_view pattern, std::string_view path) noexcept;

/// What is wrong with such a pair; empty if nothing. `field` is set to "method" or "path".
[[nodiscard]] std::string pattern_problem(std::string_view method, std::string_view path,
                                          std::string& field);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
