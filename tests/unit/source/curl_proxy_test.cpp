// Which requests go through a proxy, and what a proxy gets to see.

#include <cstdlib>
#include <optional>

#include "jwks/fetcher.hpp"
#include "support/catch.hpp"
#include "support/raw_server.hpp"

namespace {

using jwks::Fetcher;
using jwks::HttpOptions;
using test::RawServer;

/// Sets variables for the length of a test.
class Environment {
 public:
  Environment(std::initializer_list<const char*> names, const std::string& value) : names_(names) {
    for (const char* name : names_) setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    for (const char* name : names_) unsetenv(name);
  }

 private:
  std::vector<const char*> names_;
};

/// A proxy that lets nobody through.
test::Answer refusal() { return test::bytes(test::response("", "", "403 No hunter2 Here")); }

std::string with_password(const RawServer& proxy) {
  std::string url = proxy.origin();
  return url.insert(7, "us%40er:hunter2@");
}

Fetcher::Outcome fetch(const HttpOptions& options, const std::string& url) {
  return jwks::make_curl_fetcher(options).value()->fetch({.url = url}, {});
}

constexpr const char* kUrl = "https://issuer.invalid/jwks";

}  // namespace

TEST_CASE("a proxy is asked for a tunnel, and sees no more than the host") {
  const RawServer proxy(refusal());
  const auto outcome = fetch(
      {.proxy = with_password(proxy), .extra_headers = {{"Authorization", "Bearer secret"}}}, kUrl);
  REQUIRE(proxy.requests().size() == 1);
  const std::string request = proxy.requests().at(0);
  CHECK(request.starts_with("CONNECT issuer.invalid:443 HTTP/1.1\r\n"));
  // The password that was given, decoded and in base64: "us@er:hunter2".
  CHECK(request.find("Proxy-Authorization: Basic dXNAZXI6aHVudGVyMg==") != std::string::npos);
  CHECK(request.find("secret") == std::string::npos);
  CHECK(request.find("Accept: application/jwk-set+json") == std::string::npos);
}

TEST_CASE("no message tells the password of a proxy") {
  std::string gone;
  {
    const RawServer proxy(refusal());
    gone = with_password(proxy);
    const auto outcome = fetch({.proxy = gone}, kUrl);
    REQUIRE_FALSE(outcome.response);
    CHECK_FALSE(outcome.retryable_now);
    const std::string message = outcome.response.error().message();
    CHECK(message.find("issuer.invalid") != std::string::npos);
    CHECK(message.find("403") != std::string::npos);
    CHECK(message.find("hunter2") == std::string::npos);
  }
  const auto outcome = fetch({.proxy = gone}, kUrl);
  REQUIRE_FALSE(outcome.response);
  CHECK(outcome.response.error().message().find("hunter2") == std::string::npos);
}

TEST_CASE("an answer of the proxy is no answer of the issuer") {
  const RawServer proxy(test::bytes(test::response("{\"keys\":[]}")));
  const auto outcome = fetch({.proxy = proxy.origin()}, kUrl);
  CHECK_FALSE(outcome.response);
}

TEST_CASE("the environment has its say when it is asked") {
  const RawServer proxy(refusal());
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy"}) {
    const Environment environment({name}, proxy.origin());
    const std::size_t before = proxy.requests().size();
    static_cast<void>(fetch({.proxy_from_environment = true}, kUrl));
    CHECK(proxy.requests().size() == before + 1);
    const Environment none({"no_proxy"}, "issuer.invalid");
    static_cast<void>(fetch({.proxy_from_environment = true}, kUrl));
    CHECK(proxy.requests().size() == before + 1);
  }
}

TEST_CASE("the environment has no say otherwise") {
  const RawServer stranger(refusal());
  const RawServer proxy(refusal());
  const Environment environment({"https_proxy", "HTTPS_PROXY", "all_proxy", "http_proxy"},
                                stranger.origin());
  static_cast<void>(fetch({}, kUrl));
  const Environment none({"no_proxy", "NO_PROXY"}, "*");
  static_cast<void>(fetch({.proxy = proxy.origin()}, kUrl));
  CHECK(stranger.connections() == 0);
  CHECK(proxy.requests().size() == 1);
}

TEST_CASE("http on loopback never goes through a proxy") {
  const RawServer proxy(refusal());
  const RawServer server(test::reply("{}"));
  const Environment environment({"http_proxy", "all_proxy"}, proxy.origin());
  for (const bool from_environment : {false, true}) {
    HttpOptions options{.allow_loopback_http = true, .proxy_from_environment = from_environment};
    if (!from_environment) options.proxy = proxy.origin();
    CHECK(fetch(options, server.url()).response);
  }
  CHECK(proxy.connections() == 0);
}

TEST_CASE("no proxy is asked for the address of a metadata service", "[claim-54][attack-198]") {
  const RawServer proxy(refusal());
  for (const std::string host : {"169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]",
                                 "0.0.0.0", "2852039166", "0xa9fea9fe"}) {
    const auto outcome = fetch({.proxy = proxy.origin()}, "https://" + host + "/latest");
    CHECK_FALSE(outcome.response);
  }
  CHECK(proxy.connections() == 0);
  static_cast<void>(
      fetch({.allow_link_local = true, .proxy = proxy.origin()}, "https://169.254.169.254/latest"));
  CHECK(proxy.connections() == 1);
}
