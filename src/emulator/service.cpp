#include "emulator/service.hpp"

#include <algorithm>
#include <utility>

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kAuthorizationServer = "/.well-known/oauth-authorization-server";

/// The path as an issuer at the root would see it. An issuer with a path answers below it, at the
/// place that RFC 8414 §3.1 inserts before it, and at the root too.
std::string_view local_path(std::string_view path, std::string_view prefix) {
  if (prefix.empty()) return path;
  if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/')) {
    return path.substr(prefix.size());
  }
  if (path.starts_with(kAuthorizationServer) &&
      path.substr(kAuthorizationServer.size()) == prefix) {
    return kAuthorizationServer;
  }
  return path;
}

JournalEntry entry_for(const HttpRequest& request, int status,
                       std::chrono::system_clock::time_point time) {
  JournalEntry entry{.method = request.method,
                     .path = request.path,
                     .query = request.query,
                     .status = status,
                     .time = time,
                     .headers = request.headers};
  for (auto& [name, value] : entry.headers) {
    if (name == "authorization") value.resize(std::min(value.find(' '), value.size()));
  }
  return entry;
}

}  // namespace

Service::Service(Issuer issuer, std::vector<Application> applications,
                 const EmulatorOptions& options)
    : issuer_(std::move(issuer)),
      token_endpoint_(issuer_, std::move(applications), options.scopes_as_array),
      control_(issuer_, journal_, options.host),
      prefix_(issuer_.path_prefix()) {}

HttpResponse Service::respond(const HttpRequest& request) {
  // Looking at the emulator is no part of what is looked at, and must work while it fails.
  if (request.path.starts_with(Control::kPrefix)) return control_.respond(request);
  const int failure = failure_;
  HttpResponse response =
      failure == 0 ? dispatch(request)
                   : error_response(failure, "emulated_failure", "the emulator was told to fail");
  journal_.record(entry_for(request, response.status, issuer_.now()));
  return response;
}

HttpResponse Service::dispatch(const HttpRequest& request) const {
  const std::string_view path = local_path(request.path, prefix_);
  if (auto response = issuer_.respond(request, path)) return *std::move(response);
  if (path == "/oauth2/token") return token_endpoint_.respond(request);
  if (path == "/health") {
    if (request.method != "GET" && request.method != "HEAD") return method_not_allowed("GET, HEAD");
    return json_response(200, R"({"status":"ok"})");
  }
  return error_response(404, "not_found", "the emulator has nothing at this path");
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
