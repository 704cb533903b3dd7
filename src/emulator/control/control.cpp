#include "emulator/control/control.hpp"

#include <utility>

#include "emulator/control/openapi.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

HttpResponse ca_certificate(const std::string& pem) {
  if (pem.empty()) return error_response(404, "not_found", "this emulator has no TLS");
  HttpResponse response{.status = 200, .headers = {}, .body = pem};
  response.with("Content-Type", "application/x-pem-file");
  return response;
}

HttpResponse removed(bool was_there, std::string_view what) {
  return was_there ? HttpResponse{.status = 204} : no_such(what);
}

}  // namespace

HttpResponse no_such(std::string_view what) {
  return error_response(404, "not_found", "there is no " + std::string(what) + " of this name");
}

Control::Control(Emulation& emulation)
    : emulation_(emulation), admission_(emulation.options().host, emulation.control_token()) {
  add_public_routes();
  add_failure_routes();
  add_key_routes();
  add_state_routes();
}

void Control::add_public_routes() {
  public_router_.on("GET", "/_emulate/openapi.json", [](const HttpRequest&, PathValues) {
    return json_response(200, std::string(openapi_document()));
  });
  public_router_.on("GET", "/_emulate/ca.pem", [this](const HttpRequest&, PathValues) {
    return ca_certificate(emulation_.surroundings().ca_pem);
  });
}

void Control::add_failure_routes() {
  router_.on("GET", "/_emulate/hooks",
             [this](const HttpRequest&, PathValues) { return list_hooks(); });
  router_.on("POST", "/_emulate/hooks",
             [this](const HttpRequest& request, PathValues) { return add_hook(request); });
  router_.on("DELETE", "/_emulate/hooks", [this](const HttpRequest&, PathValues) {
    emulation_.hooks().clear();
    return HttpResponse{.status = 204};
  });
  router_.on("GET", "/_emulate/hooks/{id}",
             [this](const HttpRequest&, PathValues values) { return show_hook(values[0]); });
  router_.on("DELETE", "/_emulate/hooks/{id}", [this](const HttpRequest&, PathValues values) {
    return removed(emulation_.hooks().remove(values[0]), "hook");
  });
  router_.on("GET", "/_emulate/faults",
             [this](const HttpRequest&, PathValues) { return list_faults(); });
  router_.on("POST", "/_emulate/faults",
             [this](const HttpRequest& request, PathValues) { return add_fault(request); });
  router_.on("DELETE", "/_emulate/faults", [this](const HttpRequest&, PathValues) {
    emulation_.faults().clear();
    return HttpResponse{.status = 204};
  });
  router_.on("GET", "/_emulate/faults/{id}",
             [this](const HttpRequest&, PathValues values) { return show_fault(values[0]); });
  router_.on("DELETE", "/_emulate/faults/{id}", [this](const HttpRequest&, PathValues values) {
    return removed(emulation_.faults().remove(values[0]), "fault");
  });
}

void Control::add_key_routes() {
  router_.on("POST", "/_emulate/tokens",
             [this](const HttpRequest& request, PathValues) { return mint(request); });
  router_.on("GET", "/_emulate/keys",
             [this](const HttpRequest& request, PathValues) { return show_keys(request); });
  router_.on("POST", "/_emulate/keys/rotate",
             [this](const HttpRequest& request, PathValues) { return rotate(request); });
}

void Control::add_state_routes() {
  router_.on("GET", "/_emulate/clock",
             [this](const HttpRequest&, PathValues) { return show_clock(); });
  router_.on("POST", "/_emulate/clock",
             [this](const HttpRequest& request, PathValues) { return move_clock(request); });
  router_.on("GET", "/_emulate/journal",
             [this](const HttpRequest& request, PathValues) { return show_journal(request); });
  router_.on("DELETE", "/_emulate/journal", [this](const HttpRequest&, PathValues) {
    emulation_.journal().clear();
    return HttpResponse{.status = 204};
  });
  router_.on("POST", "/_emulate/reset", [this](const HttpRequest&, PathValues) { return reset(); });
  router_.on("GET", "/_emulate/issuers",
             [this](const HttpRequest&, PathValues) { return show_issuers(); });
  router_.on("GET", "/_emulate/config",
             [this](const HttpRequest&, PathValues) { return show_config(); });
}

HttpResponse Control::respond(const HttpRequest& request) const {
  if (auto response = public_router_.respond(request, request.path)) return *std::move(response);
  if (const auto problem = admission_.problem(request); !problem.empty()) {
    return error_response(403, "forbidden", problem);
  }
  // A page can send any body across origins, but not as this type.
  if (!request.body.empty() && request.media_type() != "application/json") {
    return error_response(415, "unsupported_media_type",
                          "a body must be sent as Content-Type: application/json");
  }
  auto response = router_.respond(request, request.path);
  if (!response) return error_response(404, "not_found", "no such control endpoint");
  response->with("Cache-Control", "no-store");
  return *std::move(response);
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
