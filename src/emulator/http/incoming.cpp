#include "emulator/http/incoming.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/authority.hpp"
#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

namespace http = beast::http;

std::string_view view_of(beast::string_view text) { return {text.data(), text.size()}; }
std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

/// The two parts of a target that is a whole URL. Views into it.
struct AbsoluteTarget {
  std::string_view authority;
  std::string_view rest;  ///< begins with "/" or "?", or is empty
};

std::optional<AbsoluteTarget> parse_absolute(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text::equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    return AbsoluteTarget{target.substr(0, end), target.substr(end)};
  }
  return std::nullopt;
}

HttpResponse bad_request(std::string_view why) { return error_response(400, "bad_request", why); }

}  // namespace

std::optional<HttpResponse> refusal_of(const IncomingMessage& message) {
  const bool is_http_1_0 = message.version() < 11;
  if (const auto codings = message.count(http::field::transfer_encoding); codings > 0) {
    if (is_http_1_0 || codings > 1 || message.count(http::field::content_length) > 0) {
      return bad_request("it is not clear where the body ends");
    }
    if (!text::equals_ignoring_case(view_of(message[http::field::transfer_encoding]), "chunked")) {
      return error_response(501, "unknown_coding", "no transfer coding but chunked is known");
    }
  }
  const auto hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && !is_http_1_0)) return bad_request("a request needs one Host");
  const auto absolute = parse_absolute(view_of(message.target()));
  if (absolute && !parse_authority(absolute->authority)) {
    return bad_request("the target names no host");
  }
  return std::nullopt;
}

bool expects_continue(const IncomingMessage& message) {
  return message.version() >= 11 &&
         text::equals_ignoring_case(view_of(message[http::field::expect]), "100-continue");
}

HttpRequest plain_request(IncomingMessage&& message) {
  HttpRequest request;
  request.method = text_of(message.method_string());
  std::string target = text_of(message.target());
  if (const auto absolute = parse_absolute(target)) {
    message.set(http::field::host,
                beast::string_view(absolute->authority.data(), absolute->authority.size()));
    target = std::string(absolute->rest.starts_with('/') ? "" : "/").append(absolute->rest);
  }
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(lower_case(text_of(field.name_string())), text_of(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
