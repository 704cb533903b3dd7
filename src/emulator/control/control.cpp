#include "emulator/control/control.hpp"

#include <array>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/issuer/token_request.hpp"
#include "emulator/json_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

Error refused(std::string_view member, std::string_view why) {
  return Error(ErrorCode::bad_config).about(member).because(why);
}

std::string_view without_port(std::string_view host) {
  const std::size_t after_literal = host.starts_with('[') ? host.find(']') : 0;
  if (after_literal == std::string_view::npos) return host;
  return host.substr(0, host.find(':', after_literal));
}

HttpResponse bad_request(const Error& error) {
  return error_response(400, "invalid_request", error.message());
}

std::optional<Rotation> rotation_from_name(std::string_view name) {
  constexpr std::array kAll{Rotation::announce, Rotation::switch_to, Rotation::hard,
                            Rotation::retire};
  for (const Rotation each : kAll) {
    if (to_string(each) == name) return each;
  }
  return std::nullopt;
}

}  // namespace

bool Control::is_own_name(std::string_view host) const {
  const std::string_view name = without_port(host);
  return text::equals_ignoring_case(name, "localhost") || name == "127.0.0.1" || name == "[::1]" ||
         text::equals_ignoring_case(name, emulation_.options().host);
}

bool Control::admits(const HttpRequest& request) const {
  if (!request.from_loopback) return false;
  const auto host = request.header("host");
  if (request.count("host") != 1 || !is_own_name(*host)) return false;
  const auto origin = request.header("origin");
  if (origin && (request.count("origin") != 1 || *origin != "http://" + std::string(*host))) {
    return false;
  }
  const std::string_view site = request.header("sec-fetch-site").value_or("none");
  return site == "none" || site == "same-origin";
}

HttpResponse Control::mint(const HttpRequest& request) const {
  const Result<TokenRequest> wanted = parse_token_request(request.body);
  if (!wanted) return bad_request(wanted.error());
  const Result<std::string> token = emulation_.issue(*wanted);
  if (!token) return bad_request(token.error());
  return json_response(200, JsonObject().string("token", *token).text())
      .with("Cache-Control", "no-store");
}

HttpResponse Control::rotate(const HttpRequest& request) const {
  Rotation rotation = Rotation::switch_to;
  if (!request.body.empty()) {
    const auto document = json::parse_object(request.body);
    if (!document) return bad_request(document.error());
    if (const auto mode = document->root().find("mode")) {
      const auto named = rotation_from_name(mode->as_string().value_or(""));
      if (!named) return bad_request(refused("mode", "is announce, switch, hard or retire"));
      rotation = *named;
    }
  }
  if (const auto rotated = emulation_.rotate(rotation, ""); !rotated) {
    return error_response(500, "internal_error", rotated.error().message());
  }
  return json_response(200, keys_json());
}

std::string Control::keys_json() const {
  const auto snapshot = emulation_.realms().root()->issuer.keyring().snapshot();
  std::vector<std::string> keys;
  const auto add = [&keys](const SigningKey& key, std::string_view state) {
    keys.push_back(JsonObject()
                       .string("kid", key.key_id())
                       .string("alg", to_string(key.algorithm()))
                       .string("state", state)
                       .text());
  };
  for (const KeySlot& slot : snapshot->slots) {
    add(slot.signing, "signing");
    for (const SigningKey& key : slot.announced) add(key, "announced");
    for (const SigningKey& key : slot.retiring) add(key, "retiring");
  }
  return JsonObject()
      .number("version", static_cast<std::int64_t>(snapshot->version))
      .raw("keys", array_of(keys))
      .text();
}

HttpResponse Control::respond(const HttpRequest& request) const {
  if (!admits(request)) {
    return error_response(403, "forbidden", "this endpoint answers programs on this machine only");
  }
  const std::string_view what = std::string_view(request.path).substr(kPrefix.size());
  const std::string& method = request.method;
  if (what == "tokens") return method == "POST" ? mint(request) : method_not_allowed("POST");
  if (what == "keys/rotate") return method == "POST" ? rotate(request) : method_not_allowed("POST");
  if (what == "keys") {
    return method == "GET" ? json_response(200, keys_json()) : method_not_allowed("GET");
  }
  if (what == "journal") {
    if (method == "GET") return json_response(200, emulation_.journal().to_json());
    if (method != "DELETE") return method_not_allowed("GET, DELETE");
    emulation_.journal().clear();
    return HttpResponse{.status = 204};
  }
  return error_response(404, "not_found", "no such control endpoint");
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
