#include "emulator/service.hpp"

#include <algorithm>
#include <utility>

#include "emulator/control/spoil.hpp"
#include "emulator/url_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

constexpr std::string_view kAuthorizationServer = "/.well-known/oauth-authorization-server";

/// RFC 8414 §3.1 puts the well-known part before the issuer's path: puts it after it again.
std::string well_known_last(std::string_view path) {
  if (!path.starts_with(kAuthorizationServer)) return std::string(path);
  std::string rest(path.substr(kAuthorizationServer.size()));
  if (!rest.empty() && !rest.starts_with('/')) return std::string(path);
  return rest + std::string(kAuthorizationServer);
}

/// Takes `prefix` away where it is a whole part of the path.
std::string_view below(std::string_view path, std::string_view prefix) {
  const bool is_below = path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/');
  return is_below ? path.substr(prefix.size()) : path;
}

/// What every issuer has. Whoever looks for other things below a name makes no issuer of it.
bool is_of_issuer(std::string_view path) {
  return path.starts_with("/.well-known/") || path.starts_with("/oauth2/") ||
         path.starts_with("/sso/");
}

bool reads(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

/// All but the status and the time.
JournalEntry entry_for(const HttpRequest& request) {
  JournalEntry entry{.method = request.method,
                     .path = request.path,
                     .query = request.query,
                     .headers = request.headers};
  for (auto& [name, value] : entry.headers) {
    if (name == "cookie") value.clear();
    if (name != "authorization" && name != "proxy-authorization") continue;
    const std::size_t scheme = value.find(' ');  // without one it may all be the secret
    value.resize(scheme == std::string::npos ? 0 : scheme);
  }
  return entry;
}

/// The first of a comma-separated list: what the client-most proxy said.
std::string_view first_item(std::string_view list) {
  list = list.substr(0, list.find(','));
  while (!list.empty() && list.back() == ' ') list.remove_suffix(1);
  return list;
}

}  // namespace

Service::Service(Emulation& emulation)
    : emulation_(emulation),
      management_(emulation.directory()),
      control_(emulation),
      prefix_(emulation.realms().root()->issuer.path_prefix()) {}

HttpResponse Service::respond(HttpRequest request) {
  // Looking at the emulator is no part of what is looked at, and must work while it fails.
  if (request.path.starts_with(Control::kPrefix)) return control_.respond(request);
  JournalEntry entry = entry_for(request);
  HttpResponse response;
  if (auto hooked = emulation_.hooks().take(request)) {
    response = *std::move(hooked);
  } else {
    const Place place = locate(request.path);
    request.issuer = identifier_for(request, *place.realm);
    const FaultsOfRequest faults =
        emulation_.faults().take(request, reads(request) && Issuer::serves_key_set(place.path));
    if (faults.answer || faults.key_set) {
      // There is little to spoil in a 304, and who has the document is to meet the fault too.
      std::erase_if(request.headers,
                    [](const auto& each) { return each.first == "if-none-match"; });
    }
    response = dispatch(request, place, faults);
    if (faults.answer) spoil(response, *faults.answer, request);
  }
  entry.status = response.status;
  entry.time = emulation_.clock().now();
  emulation_.journal().record(std::move(entry));
  return response;
}

Service::Place Service::locate(std::string_view path) {
  const std::string ordered = well_known_last(path);
  const std::string_view local = below(ordered, prefix_);
  const std::string_view name =
      local.substr(0, local.find('/', 1)).substr(local.starts_with('/') ? 1 : 0);
  if (!name.empty() && name.size() + 1 < local.size()) {
    const std::string_view rest = local.substr(name.size() + 1);
    Realms& realms = emulation_.realms();
    if (auto realm = is_of_issuer(rest) ? realms.find_or_make(name) : realms.find(name)) {
      return {std::move(realm), std::string(rest)};
    }
  }
  return {emulation_.realms().root(), std::string(local)};
}

std::string Service::identifier_for(const HttpRequest& request, const Realm& realm) const {
  const std::string& usual = realm.issuer.identifier();
  if (!emulation_.options().trust_forwarded) return usual;
  const std::string_view proto =
      first_item(request.header("x-forwarded-proto").value_or(request.is_https ? "https" : "http"));
  const std::string_view host = first_item(request.header("x-forwarded-host").value_or(""));
  const std::string prefix(
      without_trailing_slashes(first_item(request.header("x-forwarded-prefix").value_or(""))));
  // What follows the root's identifier is the further issuer's name.
  const std::string_view root = without_trailing_slashes(emulation_.options().issuer);
  const std::string name = usual.size() > root.size() ? usual.substr(root.size()) : "";
  std::string identifier =
      std::string(proto) + "://" + std::string(host) + prefix + (name == "/" ? "" : name);
  return host.empty() || !issuer_problem(identifier).empty() ? usual : identifier;
}

HttpResponse Service::dispatch(const HttpRequest& request, const Place& place,
                               const FaultsOfRequest& faults) {
  const std::string_view path = place.path;
  if (auto response = place.realm->issuer.respond(request, path, faults.key_set)) {
    return *std::move(response);
  }
  if (auto response = place.realm->oauth.respond(request, path)) return *std::move(response);
  if (auto response = management_.respond(request, path)) return *std::move(response);
  if (path == "/health") {
    if (!reads(request)) return method_not_allowed("GET, HEAD");
    return json_response(200, R"({"status":"ok"})");
  }
  return error_response(404, "not_found", "the emulator has nothing at this path");
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
