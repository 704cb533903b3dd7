#include "emulator/http/router.hpp"

#include <algorithm>
#include <utility>

#include "emulator/http/form.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);  // the slash
  const std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

bool is_placeholder(std::string_view segment) noexcept {
  return segment.starts_with('{') && segment.ends_with('}');
}

/// The values at the placeholders; empty if the path is another one.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string> values;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view found = take_segment(path);
    if (!is_placeholder(wanted)) {
      if (wanted != found) return std::nullopt;
    } else if (found.empty()) {
      return std::nullopt;
    } else {
      values.push_back(percent_decode(found));
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return values;
}

}  // namespace

void Router::on(std::string method, std::string pattern, Handler handler) {
  routes_.push_back({std::move(method), std::move(pattern), std::move(handler)});
}

std::optional<HttpResponse> Router::respond(const HttpRequest& request,
                                            std::string_view path) const {
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view(request.method);
  std::string allowed;
  const Route* found = nullptr;
  std::vector<std::string> values;
  for (const Route& route : routes_) {
    auto matched = match(route.pattern, path);
    if (!matched) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method == "GET" ? "GET, HEAD" : route.method;
    if (route.method != method || (found != nullptr && matched->size() >= values.size())) continue;
    found = &route;
    values = *std::move(matched);
  }
  if (found != nullptr) return found->handler(request, values);
  if (!allowed.empty()) return method_not_allowed(std::move(allowed));
  return std::nullopt;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
