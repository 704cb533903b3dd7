#include "emulator/control/pattern.hpp"

#include <algorithm>

#include "emulator/http/field.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kEverything = "*";
constexpr std::string_view kBelow = "/*";

std::string path_problem(std::string_view path) {
  if (path == kEverything) return {};
  if (!path.starts_with('/')) return "must be *, or begin with /";
  const std::string_view fixed = path.ends_with(kBelow) ? path.substr(0, path.size() - 1) : path;
  if (fixed.find('*') != std::string_view::npos) return "may have * alone, or as /* at its end";
  if (fixed.find_first_of("?#") != std::string_view::npos) {
    return "is matched without the query: must have no ? and no #";
  }
  if (std::any_of(fixed.begin(), fixed.end(), [](char c) { return is_control(c) || c == ' '; })) {
    return "must have no spaces and no control characters";
  }
  if (fixed.starts_with(kControlPrefix)) return "must not be below /_emulate/";
  return {};
}

}  // namespace

bool matches_path(std::string_view pattern, std::string_view path) noexcept {
  if (path.starts_with(kControlPrefix)) return false;
  if (pattern == kEverything) return true;
  if (!pattern.ends_with(kBelow)) return path == pattern;
  const std::string_view prefix = pattern.substr(0, pattern.size() - kBelow.size());
  return path.starts_with(prefix) &&
         (path.size() == prefix.size() || path.substr(prefix.size()).starts_with('/'));
}

bool matches(std::string_view pattern_method, std::string_view pattern_path,
             const HttpRequest& request) noexcept {
  return (pattern_method == kEverything || pattern_method == request.method) &&
         matches_path(pattern_path, request.path);
}

std::string pattern_problem(std::string_view method, std::string_view path, std::string& field) {
  field = "method";
  const auto is_allowed = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; };
  if (method != kEverything &&
      (method.empty() || !std::all_of(method.begin(), method.end(), is_allowed))) {
    return "must be * or a method in capital letters";
  }
  field = "path";
  return path_problem(path);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
