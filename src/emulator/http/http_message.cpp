#include "emulator/http/http_message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
std::string lower_case(std::string_view mixed) {
  std::string lower(mixed);
  std::transform(lower.begin(), lower.end(), lower.begin(), text::to_lower);
  return lower;
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const noexcept {
  for (const auto& [each, value] : headers) {
    if (each == name) return value;
  }
  return std::nullopt;
}

std::size_t HttpRequest::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [name](const auto& each) { return each.first == name; }));
}

std::string HttpRequest::media_type() const {
  std::string_view value = header("content-type").value_or("");
  value = value.substr(0, value.find(';'));
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return lower_case(value);
}

HttpResponse json_response(int status, std::string body) {
  HttpResponse response{.status = status, .headers = {}, .body = std::move(body)};
  response.with("Content-Type", "application/json");
  return response;
}

HttpResponse error_response(int status, std::string_view error, std::string_view message) {
  return json_response(status,
                       JsonObject().string("error", error).string("message", message).text());
}

HttpResponse method_not_allowed(std::string allow) {
  return error_response(405, "method_not_allowed", "this path answers other methods")
      .with("Allow", std::move(allow));
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
