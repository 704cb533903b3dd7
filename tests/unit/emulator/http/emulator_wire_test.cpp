// TLS and refusals of a whole emulator, through the public header.

#include <openssl/x509_vfy.h>

#include <chrono>
#include <string>

#include "jwks/emulator.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "unit/emulator/http/http_client.hpp"
#include "unit/emulator/http/tls_client.hpp"

namespace {

using namespace jwks::emulator;
using test::TlsClient;

Emulator started(EmulatorOptions options = {}) {
  options.keys = {{.algorithm = jwks::Algorithm::es256}};
  auto made = Emulator::start(std::move(options));
  if (!made) FAIL(made.error().message());
  return std::move(made).value();
}

std::string body_over_tls(const Emulator& idp, const std::string& path) {
  TlsClient client(idp.port(), idp.ca_pem());
  REQUIRE(client.connected());
  CHECK(client.verdict() == X509_V_OK);
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string bytes = client.receive_until("");
  return bytes.substr(bytes.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("an emulator with TLS is an https issuer that its own authority vouches for",
          "[emulator]") {
  const Emulator idp = started({.tls = true});
  CHECK(idp.url() == "https://127.0.0.1:" + std::to_string(idp.port()));
  CHECK(idp.issuer() == idp.url());
  CHECK(idp.ca_pem().starts_with("-----BEGIN CERTIFICATE-----\n"));
  CHECK(body_over_tls(idp, "/.well-known/openid-configuration").find("\"" + idp.url() + "\"") !=
        std::string::npos);
  // Plain HTTP on that port is not answered.
  CHECK(test::get(idp.port(), "/health").status == 0);
}

TEST_CASE("the authority of an emulator survives a restart, and a pinned issuer is in its names",
          "[emulator]") {
  const Emulator idp = started({.issuer = "https://idp.example:4100/tenant", .tls = true});
  const std::string before = idp.ca_pem();
  idp.stop();
  REQUIRE(idp.restart());
  CHECK(idp.ca_pem() == before);
  CHECK(TlsClient(idp.port(), before, "idp.example").verdict() == X509_V_OK);
}

TEST_CASE("an emulator without TLS has no authority") { CHECK(started().ca_pem().empty()); }

TEST_CASE("an emulator refuses connections for a while, and nothing is lost", "[emulator]") {
  const Emulator idp = started();
  const std::string kid = idp.key_id(jwks::Algorithm::es256);
  REQUIRE(idp.add_fault({.kind = FaultKind::refuse, .duration = std::chrono::milliseconds(100)}));
  CHECK(test::eventually([&] { return test::get(idp.port(), "/health").status == 200; }));
  CHECK(idp.key_id(jwks::Algorithm::es256) == kid);

  REQUIRE(idp.add_fault({.kind = FaultKind::refuse, .duration = std::chrono::minutes(1)}));
  const test::Connection refused(idp.port());
  CHECK_FALSE(refused.connected());
  CHECK(refused.error() == ECONNREFUSED);
  // A restart means it: the port is open again.
  idp.stop();
  REQUIRE(idp.restart());
  CHECK(test::get(idp.port(), "/health").status == 200);
}
