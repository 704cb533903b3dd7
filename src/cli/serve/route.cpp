#include "cli/serve/route.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace jwks::cli {
namespace {

struct NamedEndpoint {
  std::string_view path;
  Endpoint endpoint;
};
constexpr std::array kEndpoints{
    NamedEndpoint{"/auth", Endpoint::auth}, NamedEndpoint{"/healthz", Endpoint::healthz},
    NamedEndpoint{"/readyz", Endpoint::readyz}, NamedEndpoint{"/metrics", Endpoint::metrics}};

/// RFC 3986 §2.3, and what separates segments.
constexpr bool is_path_character(char c) noexcept {
  return text::is_alpha(c) || text::is_digit(c) ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

bool is_at_or_below(std::string_view path, std::string_view prefix) noexcept {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

std::optional<char> percent_decode(std::string_view digits) noexcept {
  unsigned value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
  return static_cast<char>(value);
}

/// Empty also for a value with control characters: no scope, role or permission has them.
std::optional<std::string> form_decode(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i] == '+' ? ' ' : text[i];
    if (c == '%') {
      const auto decoded = percent_decode(text.substr(i + 1, 2));
      if (!decoded) return std::nullopt;
      c = *decoded;
      i += 2;
    }
    if ((c >= '\0' && c < ' ') || c == '\x7F') return std::nullopt;
    value += c;
  }
  return value;
}

/// Empty if there is not exactly one space between two words.
std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  for (;;) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end == 0) return {};
    words.emplace_back(list.substr(0, end));
    if (end == list.size()) return words;
    list.remove_prefix(end + 1);
  }
}

/// Tells whether the parameter is one that is known, not there yet and not empty.
bool add_parameter(Requirements& requirements, std::string_view name, std::string_view encoded) {
  auto value = form_decode(encoded);
  if (!value || value->empty()) return false;
  if (name == "role" && requirements.role.empty()) {
    requirements.role = *std::move(value);
    return true;
  }
  std::vector<std::string>* const list = name == "scope"        ? &requirements.scopes
                                         : name == "permission" ? &requirements.permissions
                                                                : nullptr;
  if (list == nullptr || !list->empty()) return false;
  *list = words_of(*value);
  return !list->empty();
}

}  // namespace

Route route_of(std::string_view target, std::string_view ext_authz_prefix) noexcept {
  const std::size_t question = target.find('?');
  const std::string_view path = target.substr(0, question);
  Route route;
  if (question != std::string_view::npos) route.query = target.substr(question + 1);
  if (!ext_authz_prefix.empty() && is_at_or_below(path, ext_authz_prefix)) {
    route.endpoint = Endpoint::ext_authz;
    return route;
  }
  const auto* const known = std::ranges::find(kEndpoints, path, &NamedEndpoint::path);
  if (known != kEndpoints.end()) route.endpoint = known->endpoint;
  return route;
}

bool is_ext_authz_prefix(std::string_view prefix) noexcept {
  if (prefix.size() < 2 || prefix.front() != '/' || prefix.back() == '/') return false;
  if (!std::ranges::all_of(prefix, is_path_character)) return false;
  // A proxy would take "//" and dot segments out of the path, or not.
  if (prefix.find("//") != std::string_view::npos || prefix.find("/.") != std::string_view::npos) {
    return false;
  }
  return std::ranges::none_of(kEndpoints, [prefix](const NamedEndpoint& known) {
    return is_at_or_below(known.path, prefix);
  });
}

std::optional<Requirements> parse_requirements(std::string_view query) {
  Requirements requirements;
  for (;;) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view parameter = query.substr(0, end);
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos ||
        !add_parameter(requirements, parameter.substr(0, equals), parameter.substr(equals + 1))) {
      return std::nullopt;
    }
    if (end == query.size()) return requirements;
    query.remove_prefix(end + 1);
  }
}

}  // namespace jwks::cli
