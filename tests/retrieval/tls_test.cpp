// TLS: ATTACKS row 197. The authorities are made here; names are resolved by resolver.cpp.

#include "resolver.hpp"
#include "support/catch.hpp"
#include "support/temporary_file.hpp"
#include "support/tls_server.hpp"
#include "world.hpp"

namespace {

using jwks::ErrorCode;
using jwks::ErrorReason;
using test::CertificateSpec;
using test::certify;
using test::Identity;
using test::TemporaryFile;
using test::TlsOptions;
using test::TlsServer;

const Identity& authority() {
  static const Identity made = test::make_authority();
  return made;
}

std::string good_reply() { return test::response(test::good_keys()); }

/// A certificate that is right for 127.0.0.1.
CertificateSpec right() { return {.addresses = {test::kLoopbackV4}}; }

jwks::VerifierOptions trusting(const std::string& url, const Identity& trusted = authority()) {
  auto options = test::options_for(url);
  options.http.allow_loopback_http = false;
  options.http.ca_pem = trusted.certificate_pem();
  return options;
}

bool accepted(const jwks::VerifierOptions& options) {
  const jwks::Error error = test::first_answer(options);
  UNSCOPED_INFO(error.message());
  return error.code() == ErrorCode{};
}

/// Tells whether the verifier of `options` refuses the server for what it showed of itself: at
/// once, without a second attempt.
bool refused(const TlsServer& server, const jwks::VerifierOptions& options) {
  const jwks::Error error = test::first_answer(options);
  UNSCOPED_INFO(error.message());
  return error.code() == ErrorCode::keys_unavailable &&
         error.reason() == ErrorReason::fetch_failed && server.answers() == 0 &&
         server.connections() == 1;
}

bool refused(const CertificateSpec& spec, const std::string& host = "127.0.0.1") {
  const TlsServer server(certify(spec, &authority()), good_reply());
  return refused(server, trusting(server.url(host)));
}

bool accepted(const CertificateSpec& spec, const std::string& host = "127.0.0.1",
              int family = AF_INET) {
  const TlsServer server(certify(spec, &authority()), good_reply(), {}, family);
  return accepted(trusting(server.url(host)));
}

}  // namespace

TEST_CASE("a chain to a trusted authority is accepted, from a file and from a text") {
  const TlsServer server(certify(right(), &authority()), good_reply());
  CHECK(accepted(trusting(server.url())));

  const TemporaryFile file("# two of them\n" + test::make_authority("Other").certificate_pem() +
                           authority().certificate_pem());
  auto options = trusting(server.url());
  options.http.ca_pem.clear();
  options.http.ca_file = file.path();
  CHECK(accepted(options));
}

TEST_CASE("the system does not trust an authority that it doesn't know", "[attack-197]") {
  const TlsServer server(certify(right(), &authority()), good_reply());
  auto options = trusting(server.url());
  options.http.ca_pem.clear();
  CHECK(refused(server, options));
}

TEST_CASE("configured authorities replace the system's and each other", "[attack-197]") {
  const TlsServer server(certify(right(), &authority()), good_reply());
  // The same name, another key.
  CHECK(refused(server, trusting(server.url(), test::make_authority())));
}

TEST_CASE("a certificate outside its dates is refused", "[attack-197]") {
  CertificateSpec expired = right();
  expired.to = -60;
  CHECK(refused(expired));
  CertificateSpec not_yet = right();
  not_yet.from = 600;
  CHECK(refused(not_yet));
}

TEST_CASE("a self-signed certificate is refused", "[attack-197]") {
  const TlsServer server(certify(right()), good_reply());
  CHECK(refused(server, trusting(server.url())));
}

TEST_CASE("a certificate that is no authority's can't certify", "[attack-197]") {
  const Identity leaf = certify({.common_name = "leaf"}, &authority());
  const TlsServer server(certify(right(), &leaf), good_reply());
  CHECK(refused(server, trusting(server.url())));
}

TEST_CASE("the certificate has to name the host", "[attack-197]") {
  test::resolve_to("issuer.test", "127.0.0.1");
  CHECK(accepted({.dns_names = {"issuer.test"}}, "issuer.test"));
  CHECK(accepted({.dns_names = {"other.test", "issuer.test"}}, "issuer.test"));
  CHECK(accepted({.dns_names = {"ISSUER.test"}}, "issuer.test"));
  for (const std::string name : {"other.test", "xissuer.test", "issuer.tes",
                                 "issuer.test.evil.test", "sub.issuer.test", "test"})
    CHECK(refused({.dns_names = {name}}, "issuer.test"));
  // The common name counts for nothing where the certificate has names (RFC 9525 §6.3).
  CHECK(refused({.common_name = "issuer.test", .dns_names = {"other.test"}}, "issuer.test"));
}

TEST_CASE("the certificate has to name the address", "[attack-197]") {
  CHECK(accepted({.addresses = {test::kLoopbackV4}}));
  CHECK(refused({.addresses = {std::string{127, 0, 0, 2}}}));
  CHECK(refused({.dns_names = {"localhost"}}));
  // An address is no name, whatever it looks like.
  CHECK(refused({.dns_names = {"*.0.0.1"}}));
  CHECK(accepted({.addresses = {test::kLoopbackV6}}, "[::1]", AF_INET6));
  CHECK(accepted({.dns_names = {"localhost"}}, "localhost"));
}

TEST_CASE("a NUL ends no name", "[attack-197]") {
  test::resolve_to("issuer.test", "127.0.0.1");
  const std::string name("issuer.test\0.evil.test", 22);
  CHECK(refused({.dns_names = {name}}, "issuer.test"));
  CHECK(refused({.common_name = name}, "issuer.test"));
  CHECK(refused({.common_name = name, .dns_names = {"evil.test"}}, "issuer.test"));
}

TEST_CASE("a wildcard stands for one whole label at the left", "[attack-197]") {
  for (const std::string name : {"a.zone.test", "a.b.zone.test", "zone.test", "ab.zone.test"})
    test::resolve_to(name, "127.0.0.1");
  CHECK(accepted({.dns_names = {"*.zone.test"}}, "a.zone.test"));
  CHECK(refused({.dns_names = {"*.zone.test"}}, "zone.test"));
  CHECK(refused({.dns_names = {"*.zone.test"}}, "a.b.zone.test"));
  for (const std::string name : {"a*.zone.test", "*b.zone.test", "a.*.test", "*.*.test", "*"})
    CHECK(refused({.dns_names = {name}}, "ab.zone.test"));
  CHECK(refused({.dns_names = {"*.test"}}, "a.zone.test"));
}

TEST_CASE("TLS below 1.2 is refused, 1.2 and 1.3 are spoken", "[attack-197]") {
  const Identity identity = certify(right(), &authority());
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const TlsServer old(identity, good_reply(), {.min_version = version, .max_version = version});
    CHECK(refused(old, trusting(old.url())));
  }
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsServer server(identity, good_reply(),
                           {.min_version = version, .max_version = version});
    CHECK(accepted(trusting(server.url())));
    CHECK(server.version() == version);
  }
}

TEST_CASE("a client certificate is shown to a server that asks for one") {
  const Identity clients = test::make_authority("Clients");
  const Identity client = certify({.common_name = "orders"}, &clients);
  const TemporaryFile certificate(client.certificate_pem());
  const TemporaryFile key(client.key_pem());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsServer server(
        certify(right(), &authority()), good_reply(),
        {.min_version = version, .max_version = version, .client_authority = &clients});
    auto options = trusting(server.url());
    // Without one the handshake fails, which no second attempt would change.
    CHECK(refused(server, options));
    options.http.client_certificate_file = certificate.path();
    options.http.client_key_file = key.path();
    CHECK(accepted(options));
  }
}

TEST_CASE("a server that stalls in the handshake is left at the deadline", "[attack-189]") {
  const test::LoopbackServer server([](int socket) { test::Connection(socket).hang(); });
  const auto options = test::impatient(trusting(server.url("https", "127.0.0.1")));
  const jwks::Error error = test::first_answer(options);
  CHECK(error.code() == ErrorCode::keys_unavailable);
  CHECK(error.reason() == ErrorReason::fetch_failed);
  CAPTURE(error.message());
  CHECK(error.message().find("time") != std::string::npos);
}

TEST_CASE("a failed handshake is not tried again", "[claim-44][attack-197]") {
  const TlsServer server(certify(right()), good_reply());
  const auto verifier = jwks::JwksVerifier::create(trusting(server.url())).value();
  CHECK_FALSE(verifier.verify(test::good_token()));
  CHECK(verifier.stats().fetches == 1);
  CHECK(verifier.stats().fetch_failures == 1);
  CHECK(server.connections() == 1);
}
