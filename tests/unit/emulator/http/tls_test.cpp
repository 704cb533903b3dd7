// HTTPS with the throw-away authority, good and bad certificates.

#include <openssl/x509_vfy.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/http/http_server.hpp"
#include "emulator/http/tls_identity.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "unit/emulator/http/http_client.hpp"
#include "unit/emulator/http/tls_client.hpp"

namespace {

using namespace jwks::emulator;
using test::TlsClient;

constexpr const char* kRequest = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr const char* kLastRequest = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

std::shared_ptr<const TlsIdentity> identity(const std::vector<std::string>& names = {}) {
  return std::make_shared<const TlsIdentity>(TlsIdentity::create(names).value());
}

HttpServer serving(const std::shared_ptr<const TlsIdentity>& tls, HttpHandlers handlers,
                   HttpLimits limits = {}) {
  HttpServer server = HttpServer::bind("127.0.0.1", 0, limits, tls).value();
  if (!handlers.respond) {
    handlers.respond = [](const HttpRequest& request) {
      return HttpResponse{.body = request.is_https ? "https" : "http"};
    };
  }
  REQUIRE(server.serve(std::move(handlers)));
  return server;
}

}  // namespace

TEST_CASE("with TLS, a strict client trusts the throw-away authority", "[emulator]") {
  const auto tls = identity({"idp.example", "192.0.2.7", "2001:db8::7"});
  const HttpServer server = serving(tls, {});
  for (const char* host :
       {"localhost", "127.0.0.1", "::1", "idp.example", "192.0.2.7", "2001:db8::7"}) {
    CAPTURE(std::string(host));
    TlsClient client(server.port(), tls->ca_pem(), host);
    REQUIRE(client.connected());
    CHECK(client.verdict() == X509_V_OK);
    client.send(kRequest);
    CHECK(client.receive_until("https").ends_with("\r\n\r\nhttps"));
    client.send(kLastRequest);
    CHECK(client.receive_until("").ends_with("\r\n\r\nhttps"));
    CHECK(client.was_closed_in_order());
  }
  CHECK(TlsClient(server.port(), tls->ca_pem(), "other.example").verdict() ==
        X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_CASE("each authority is its own: another emulator's is not trusted", "[emulator]") {
  const HttpServer server = serving(identity(), {});
  CHECK(TlsClient(server.port(), identity()->ca_pem()).verdict() ==
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_CASE("a configured name is one name, whatever is in it") {
  const auto tls = identity({"a.example,DNS:b.example"});
  const HttpServer server = serving(tls, {});
  CHECK(TlsClient(server.port(), tls->ca_pem(), "b.example").verdict() ==
        X509_V_ERR_HOSTNAME_MISMATCH);
  CHECK(TlsClient(server.port(), tls->ca_pem()).verdict() == X509_V_OK);
}

TEST_CASE("faults of TLS show an expired certificate, another host's, a self-signed one",
          "[emulator]") {
  const auto [fault, verdict] =
      GENERATE(std::pair(ConnectionFault::tls_expired, X509_V_ERR_CERT_HAS_EXPIRED),
               std::pair(ConnectionFault::tls_wrong_host, X509_V_ERR_HOSTNAME_MISMATCH),
               std::pair(ConnectionFault::tls_self_signed, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT));
  const auto tls = identity();
  std::atomic<int> greeted = 0;
  const HttpServer server = serving(tls, {.greet = [&greeted, bad = fault] {
                                      return greeted++ == 0 ? bad : ConnectionFault::none;
                                    }});
  TlsClient spoiled(server.port(), tls->ca_pem(), "localhost");
  CHECK(spoiled.verdict() == verdict);
  // The rest of it is good: a client that does not look is served.
  REQUIRE(spoiled.connected());
  spoiled.send(kRequest);
  CHECK(spoiled.receive_until("https").ends_with("https"));
  CHECK(TlsClient(server.port(), tls->ca_pem()).verdict() == X509_V_OK);
}

TEST_CASE("a stalled handshake stays open and stops nobody", "[emulator]") {
  const auto tls = identity();
  std::atomic<int> greeted = 0;
  const HttpServer server = serving(
      tls,
      {.greet = [&] { return greeted++ == 0 ? ConnectionFault::stall : ConnectionFault::none; }});
  test::Connection stalled(server.port());
  stalled.send("\x16\x03\x01");
  REQUIRE(test::eventually([&] { return greeted == 1; }));
  TlsClient client(server.port(), tls->ca_pem());
  client.send(kRequest);
  CHECK(client.receive_until("https").ends_with("https"));
  CHECK(stalled.is_open());
}

TEST_CASE("with TLS, plain HTTP and noise get no HTTP, and an orderly close", "[emulator]") {
  const auto tls = identity();
  const HttpServer server = serving(tls, {}, {.timeout = std::chrono::seconds(2)});
  for (const std::string& bytes :
       {std::string(kRequest), std::string(500, 'x'), std::string(500, '\0'),
        std::string("\x16\x03\x01\x40\x00", 5) + std::string(0x4000, '\1')}) {
    test::Connection connection(server.port());
    connection.send(bytes);
    CHECK(connection.receive_all().find("HTTP") == std::string::npos);
    CHECK_FALSE(connection.was_reset());
  }
  CHECK(TlsClient(server.port(), tls->ca_pem()).verdict() == X509_V_OK);
}

TEST_CASE("TLS before 1.2 is refused") {
  const auto tls = identity();
  const HttpServer server = serving(tls, {});
  CHECK_FALSE(TlsClient(server.port(), tls->ca_pem(), "127.0.0.1", TLS1_1_VERSION).connected());
  TlsClient older(server.port(), tls->ca_pem(), "127.0.0.1", TLS1_2_VERSION);
  REQUIRE(older.connected());
  CHECK(older.version() == TLS1_2_VERSION);
  older.send(kLastRequest);
  CHECK(older.receive_until("").ends_with("https"));
}

TEST_CASE("a client that never finishes its handshake is let go after the deadline") {
  const HttpServer server = serving(identity(), {}, {.timeout = std::chrono::milliseconds(100)});
  test::Connection connection(server.port());
  connection.wait_for_close();
}

TEST_CASE("faults of bytes work over TLS as well", "[emulator]") {
  const auto tls = identity();
  const auto kind = GENERATE(FaultKind::reset, FaultKind::truncate, FaultKind::drip);
  const HttpServer server =
      serving(tls, {.respond = [kind](const HttpRequest&) {
                const std::uint64_t bytes = kind == FaultKind::reset ? 12 : 2;
                return HttpResponse{
                    .body = "hello",
                    .fault = WireFault{
                        .kind = kind, .bytes = bytes, .pause = std::chrono::milliseconds(1)}};
              }});
  TlsClient client(server.port(), tls->ca_pem());
  client.send(kRequest);
  const std::string bytes = client.receive_until("");
  switch (kind) {
    case FaultKind::reset:
      CHECK(bytes == "HTTP/1.1 200");
      CHECK_FALSE(client.was_closed_in_order());
      break;
    case FaultKind::truncate:
      CHECK(bytes.ends_with("\r\n\r\nhe"));
      CHECK(client.was_closed_in_order());
      break;
    default:
      CHECK(bytes.ends_with("\r\n\r\nhello"));
  }
}

TEST_CASE("an endless body over TLS ends with the server", "[emulator]") {
  const auto tls = identity();
  HttpServer server = serving(tls, {.respond = [](const HttpRequest&) {
                                return HttpResponse{.fault = WireFault{.kind = FaultKind::endless}};
                              }});
  TlsClient client(server.port(), tls->ca_pem());
  client.send(kRequest);
  CHECK_FALSE(client.receive_until("chunked").empty());
  server.stop();
  static_cast<void>(client.receive_until(""));  // throws nothing and comes to an end
  CHECK_FALSE(client.was_closed_in_order());
}
