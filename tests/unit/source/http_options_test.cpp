#include "source/http_options.hpp"

#include <filesystem>
#include <limits>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/temporary_file.hpp"

namespace {

using jwks::HttpHeader;
using jwks::HttpOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::TemporaryFile;

/// Tells whether no fetcher is made of `options`, because of the option `field`, and that nothing
/// of `secret` is told.
bool refused(const HttpOptions& options, std::string_view field, std::string_view secret = {}) {
  const auto made = jwks::make_curl_fetcher(options);
  if (made) return false;
  UNSCOPED_INFO(made.error().message());
  if (!secret.empty() && made.error().message().find(secret) != std::string::npos) return false;
  return made.error().code() == jwks::ErrorCode::bad_config &&
         made.error().subject() == "http." + std::string(field);
}

bool taken(const HttpOptions& options) { return jwks::make_curl_fetcher(options).has_value(); }

const test::Identity& authority() {
  static const test::Identity made = test::make_authority();
  return made;
}

}  // namespace

TEST_CASE("a fetcher is made of the defaults") { CHECK(taken({})); }

TEST_CASE("timeouts have their ranges") {
  CHECK(taken({.connect_timeout = milliseconds(100), .total_timeout = milliseconds(100)}));
  CHECK(taken({.connect_timeout = seconds(30), .total_timeout = seconds(60)}));
  for (const milliseconds time : {milliseconds(-1), milliseconds(0), milliseconds(99),
                                  milliseconds(30'001), milliseconds::max(), milliseconds::min()})
    CHECK(refused({.connect_timeout = time, .total_timeout = seconds(60)}, "connect_timeout"));
  for (const milliseconds time : {milliseconds(-1), milliseconds(0), milliseconds(1999),
                                  milliseconds(60'001), milliseconds::max()})
    CHECK(refused({.connect_timeout = seconds(2), .total_timeout = time}, "total_timeout"));
}

TEST_CASE("at most three redirects are followed") {
  CHECK(taken({.max_redirects = 3}));
  CHECK(refused({.max_redirects = 4}, "max_redirects"));
  CHECK(refused({.max_redirects = std::numeric_limits<unsigned>::max()}, "max_redirects"));
}

TEST_CASE("authorities that can't be read are a configuration error") {
  const std::string good = authority().certificate_pem();
  std::string damaged = good;
  damaged[damaged.size() / 2] = '!';
  CHECK(taken({.ca_pem = good}));
  CHECK(taken({.ca_pem = "# comment\n" + good + "\n" + good}));
  for (const std::string& bad : {std::string("x"), std::string(" "), damaged, good + damaged,
                                 good.substr(0, good.size() / 2), authority().key_pem()}) {
    CHECK(refused({.ca_pem = bad}, "ca_pem"));
    CHECK(refused({.ca_file = TemporaryFile(bad).path()}, "ca_file"));
  }
  const TemporaryFile file(good);
  CHECK(taken({.ca_file = file.path()}));
  CHECK(refused({.ca_file = TemporaryFile("").path()}, "ca_file"));
  CHECK(refused({.ca_file = file.path(), .ca_pem = good}, "ca_pem"));
  for (const std::string& path :
       {std::string("/nowhere/ca.pem"), std::string("/"), std::string("/dev/zero"),
        std::string("/dev/null"), file.path() + std::string("\0x", 2)})
    CHECK(refused({.ca_file = path}, "ca_file"));
}

TEST_CASE("a client certificate comes with its key, and they fit") {
  const test::Identity client = test::certify({}, &authority());
  const TemporaryFile certificate(client.certificate_pem() + authority().certificate_pem());
  const TemporaryFile key(client.key_pem());
  const TemporaryFile other_key(authority().key_pem());
  const TemporaryFile garbage("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n");
  const auto with = [](const std::string& certificate_file, const std::string& key_file) {
    return HttpOptions{.client_certificate_file = certificate_file, .client_key_file = key_file};
  };
  CHECK(taken(with(certificate.path(), key.path())));
  const TemporaryFile both(client.certificate_pem() + client.key_pem());
  CHECK(taken(with(both.path(), both.path())));
  CHECK(refused(with(certificate.path(), ""), "client_key_file"));
  CHECK(refused(with("", key.path()), "client_certificate_file"));
  CHECK(refused(with("/nowhere", key.path()), "client_certificate_file"));
  CHECK(refused(with(key.path(), key.path()), "client_certificate_file"));
  CHECK(refused(with(certificate.path(), "/nowhere"), "client_key_file"));
  CHECK(refused(with(certificate.path(), certificate.path()), "client_key_file"));
  CHECK(refused(with(certificate.path(), garbage.path()), "client_key_file"));
  CHECK(refused(with(certificate.path(), other_key.path()), "client_key_file"));
}

TEST_CASE("a key with a passphrase is refused, and nobody is asked for it") {
  const test::Identity client = test::certify({});
  const jwks::crypto::BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(out.get(), client.key.get(), EVP_aes_128_cbc(), "word", 4, nullptr,
                                nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  const TemporaryFile key({data, static_cast<std::size_t>(size)});
  const TemporaryFile certificate(client.certificate_pem());
  CHECK(refused({.client_certificate_file = certificate.path(), .client_key_file = key.path()},
                "client_key_file"));
}

TEST_CASE("a proxy is named well or not at all") {
  CHECK(taken({.proxy = "http://user:word@proxy.example:3128"}));
  CHECK(taken({.proxy_from_environment = true}));
  CHECK(refused({.proxy = "http://u:hunter2@proxy.example:3128/x"}, "proxy", "hunter2"));
  CHECK(refused({.proxy = "socks5://u:hunter2@proxy.example"}, "proxy", "hunter2"));
  CHECK(refused({.proxy = "http://u:hunter2%0a@proxy.example:3128"}, "proxy", "hunter2"));
  CHECK(
      refused({.proxy = "http://svc@corp.example:hunter2@proxy.example:3128"}, "proxy", "hunter2"));
  CHECK(refused({.proxy = std::string("http://proxy.example\0", 21)}, "proxy"));
  CHECK(refused({.proxy = "http://u:hunter2@proxy.example", .proxy_from_environment = true},
                "proxy", "hunter2"));
}

TEST_CASE("extra headers are fields that nobody else sets") {
  const auto with = [](std::string name, std::string value) {
    return HttpOptions{.extra_headers = {{"X-Good", "yes"}, {std::move(name), std::move(value)}}};
  };
  CHECK(taken(with("X-Tenant", "a b\tc")));
  CHECK(taken(with("Authorization", "Bearer hunter2")));
  for (const std::string name : {"Host",
                                 "host",
                                 "ACCEPT",
                                 "Accept-Encoding",
                                 "If-None-Match",
                                 "If-Modified-Since",
                                 "Content-Length",
                                 "Transfer-Encoding",
                                 "Cache-Control",
                                 "Connection",
                                 "TE",
                                 "Upgrade",
                                 "Expect",
                                 "Range",
                                 "User-Agent",
                                 "Proxy-Authorization",
                                 "proxy-anything",
                                 "",
                                 "X Y",
                                 "X:Y",
                                 "X\r\nHost",
                                 "X\n",
                                 "X\xc3\xa4"})
    CHECK(refused(with(name, "hunter2"), "extra_headers", "hunter2"));
  for (const std::string& value :
       {std::string(), std::string("hunter2\r\nHost: x"), std::string("hunter2\n"),
        std::string("hunter2\r"), std::string("hunter2\0", 8), std::string("hunter2\x1b"),
        std::string("hunter2\x7f"), std::string(" hunter2"), std::string("hunter2 ")})
    CHECK(refused(with("X-Tenant", value), "extra_headers", "hunter2"));
}
