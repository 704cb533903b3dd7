// jwks-emulator --tls, as a client sees it that has nothing but the port.

#include "emulator/http/tls_identity.hpp"
#include "unit/emulator/http/tls_client.hpp"
#include "unit/emulator/program/program.hpp"

namespace {

std::string body_over_tls(test::TlsClient& client, const std::string& path) {
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string bytes = client.receive_until("");
  return bytes.substr(bytes.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("with --tls the program serves https, and the CA certificate that vouches for it",
          "[emulator]") {
  const test::WorkingDirectory directory;
  test::Program program({"-p", "0", "--json", "--tls", "--issuer", "https://idp.example"},
                        directory);
  const std::uint16_t port = test::port_of(program.first_line());
  const std::string others =
      jwks::emulator::TlsIdentity::create(std::vector<std::string>{"localhost"}).value().ca_pem();

  test::TlsClient stranger(port, others);
  REQUIRE(stranger.connected());
  CHECK(stranger.verdict() != X509_V_OK);
  const std::string ca = body_over_tls(stranger, "/_emulate/ca.pem");
  for (const char* name : {"127.0.0.1", "localhost", "idp.example"}) {
    CAPTURE(std::string(name));
    test::TlsClient client(port, ca, name);
    REQUIRE(client.connected());
    CHECK(client.verdict() == X509_V_OK);
    CHECK(body_over_tls(client, "/health") == R"({"status":"ok"})");
  }
  CHECK(test::TlsClient(port, ca, "evil.example").verdict() != X509_V_OK);
  program.signal(SIGTERM);
  CHECK(program.exit_status() == 0);
}
