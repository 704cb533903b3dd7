#include "emulator/control/spoil.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "emulator/control/fault_plan.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::uint64_t kMebibyte = 1024UL * 1024;
constexpr std::string_view kLocalFile = "file:///etc/passwd";
constexpr std::string_view kErrorPage =
    "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
    "<body><h1>Sign in to continue</h1></body></html>\n";

/// How many bytes a kind is about if the fault doesn't say.
std::uint64_t default_bytes(FaultKind kind, const HttpResponse& response) {
  switch (kind) {
    case FaultKind::stall_body:
    case FaultKind::truncate:
      return response.body.size() / 2;
    case FaultKind::oversize:
      return 2 * kMebibyte;
    case FaultKind::wrong_content_length:
      return 10;
    case FaultKind::gzip_bomb:
      return 1024 * kMebibyte;
    default:
      return 0;
  }
}

void set_header(HttpResponse& response, std::string_view name, std::string value) {
  std::erase_if(response.headers,
                [name](const auto& each) { return text::equals_ignoring_case(each.first, name); });
  response.with(std::string(name), std::move(value));
}

HttpResponse redirect_to(std::string location) {
  HttpResponse response{.status = 302};
  response.with("Location", std::move(location));
  return response;
}

HttpResponse error_page() {
  HttpResponse response{.status = 200, .headers = {}, .body = std::string(kErrorPage)};
  response.with("Content-Type", "text/html; charset=utf-8");
  return response;
}

/// What leads to this very request again.
std::string target_of(const HttpRequest& request) {
  std::string target = request.path;
  if (target.starts_with("//")) target.insert(0, "/.");  // else a host (RFC 3986 §4.2)
  if (!request.query.empty()) target.append("?").append(request.query);
  return target;
}

std::string or_default(const std::string& text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

}  // namespace

void spoil(HttpResponse& response, const Fault& fault, const HttpRequest& request) {
  switch (fault.kind) {
    case FaultKind::redirect_loop:
      response = redirect_to(target_of(request));
      return;
    case FaultKind::redirect:
      response = redirect_to(or_default(fault.location, kLocalFile));
      return;
    case FaultKind::wrong_content_type:
      set_header(response, "Content-Type", or_default(fault.content_type, "text/plain"));
      return;
    case FaultKind::html:
      response = error_page();
      return;
    default:
      break;
  }
  if (group_of(fault.kind) != FaultGroup::answer) return;
  response.fault = WireFault{.kind = fault.kind,
                             .bytes = fault.bytes.value_or(default_bytes(fault.kind, response)),
                             .pause = fault.pause};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
