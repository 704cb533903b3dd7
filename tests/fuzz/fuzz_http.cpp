// Requests: bytes as they come from a socket, read like the server reads them, answered by an
// emulator without sockets. Once for a client of this machine, which may drive /_emulate/, and once
// for a stranger, who may not.

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstring>

#include "base/json.hpp"
#include "emulator/http/delivery.hpp"
#include "emulator/service.hpp"
#include "fuzz/fuzz.hpp"

namespace {

using namespace jwks::emulator;
namespace http = boost::beast::http;

constexpr std::uint32_t kMaxHeader = 16 * 1024;
constexpr std::uint64_t kMaxBody = 256UL * 1024;
constexpr int kMaxRequests = 16;  // of one input
constexpr std::string_view kControlToken = "the-control-token";

EmulatorOptions options() {
  return {.keys = {{.algorithm = jwks::Algorithm::es256}, {.algorithm = jwks::Algorithm::eddsa}},
          .organizations = {{.name = "Acme", .id = "org_acme"}},
          .applications = {{.name = "worker",
                            .client_id = "client_worker",
                            .client_secret = "worker-secret",
                            .organization = "Acme",
                            .scopes = {"orders:read"}},
                           {.name = "web",
                            .client_id = "client_web",
                            .client_secret = "web-secret",
                            .scopes = {"openid", "offline_access"},
                            .type = ApplicationType::oauth,
                            .redirect_uris = {"http://127.0.0.1/callback"}}},
          .issuers = {{.name = "other"}},
          .auto_issuers = true,
          .control_token = std::string(kControlToken),
          .clock = [] {
            return std::chrono::system_clock::time_point(std::chrono::seconds(1'750'000'000));
          }};
}

struct World {
  std::unique_ptr<Emulation> emulation =
      Emulation::create(options(), {.url = "http://127.0.0.1:4100"}).value();
  Service service{*emulation};
};

HttpRequest request_of(http::request<http::string_body>&& message, bool from_loopback) {
  HttpRequest request;
  request.from_loopback = from_loopback;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(lower_case(std::string(field.name_string())),
                                 std::string(field.value()));
  }
  request.body = std::move(message.body());
  return request;
}

void check_answer(const HttpResponse& response, bool may_be_spoiled) {
  fuzz::require(response.status >= 200 && response.status <= 599, "a status is one of HTTP");
  std::string_view media_type;
  for (const auto& [name, value] : response.headers) {
    constexpr std::string_view kSplitting("\r\n\0", 3);
    fuzz::require(!name.empty() && name.find_first_of(": \r\n") == std::string::npos,
                  "a field name is one", name);
    fuzz::require(value.find_first_of(kSplitting) == std::string::npos, "no answer is split",
                  value);
    if (lower_case(name) == "content-type") media_type = value;
  }
  if (may_be_spoiled || response.body.empty()) return;
  if (media_type.starts_with("application/json")) {
    fuzz::require(jwks::json::Document::parse(response.body).has_value(), "JSON is JSON",
                  response.body);
  }
}

void check_admission(const HttpRequest& request, const HttpResponse& response) {
  if (request.from_loopback || !request.path.starts_with(Control::kPrefix)) return;
  if (request.path == "/_emulate/openapi.json" || request.path == "/_emulate/ca.pem") return;
  const std::string_view authorization = request.header("authorization").value_or("");
  if (authorization.find(kControlToken) != std::string_view::npos) return;
  fuzz::require(response.status >= 400, "a stranger drives nothing", request.path);
}

/// It throws if the answer can't be sent, and is small whatever a fault makes of it.
void check_delivery(HttpResponse&& response, bool is_head) {
  const Delivery delivery = plan_delivery(std::move(response), {.is_head = is_head});
  constexpr std::string_view kVersion = "HTTP/1.1 ";  // a fault may leave less of it, or nothing
  fuzz::require(kVersion.starts_with(delivery.start.substr(0, kVersion.size())),
                "an answer is HTTP", delivery.start);
  fuzz::require(delivery.block.size() <= kMaxBody, "no fault takes much memory");
}

/// Answers the requests one after the other, as on one connection.
void converse(World& world, std::string_view bytes, bool from_loopback) {
  if (!world.emulation->reset()) std::abort();
  boost::beast::flat_buffer buffer;
  const auto space = buffer.prepare(bytes.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  buffer.commit(bytes.size());
  for (int i = 0; i < kMaxRequests && buffer.size() > 0; ++i) {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(kMaxHeader);
    parser.body_limit(kMaxBody);
    boost::beast::error_code error;
    buffer.consume(parser.put(buffer.data(), error));
    if (error || !parser.is_done()) return;
    const HttpRequest request = request_of(parser.release(), from_loopback);
    const bool may_be_spoiled =
        !world.emulation->faults().list().empty() || !world.emulation->hooks().list().empty();
    HttpResponse response = world.service.respond(request);
    check_answer(response, may_be_spoiled);
    check_admission(request, response);
    check_delivery(std::move(response), request.method == "HEAD");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static World world;
  converse(world, fuzz::text_of(data, size), true);
  converse(world, fuzz::text_of(data, size), false);
  return 0;
}
