// Which requests go through a proxy, and what a proxy gets to see.

#include <cstdlib>
#include <optional>

#include "jwks/fetcher.hpp"
#include "source/curl_transfer.hpp"
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
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
    const Environment environment({name}, proxy.origin());
    const std::size_t before = proxy.requests().size();
    static_cast<void>(fetch({.proxy_from_environment = true}, kUrl));
    CHECK(proxy.requests().size() == before + 1);
    const Environment none({"no_proxy"}, "issuer.invalid");
    static_cast<void>(fetch({.proxy_from_environment = true}, kUrl));
    CHECK(proxy.requests().size() == before + 1);
  }
}

TEST_CASE("the environment is read at every request, in libcurl's order") {
  const RawServer first(refusal());
  const RawServer second(refusal());
  const auto fetcher = jwks::make_curl_fetcher({.proxy_from_environment = true}).value();
  const auto ask = [&] { static_cast<void>(fetcher->fetch({.url = kUrl}, {})); };
  const Environment fallback({"HTTPS_PROXY", "all_proxy", "ALL_PROXY"}, second.origin());
  {
    const Environment preferred({"https_proxy"}, first.origin());
    ask();
    CHECK(first.requests().size() == 1);
    CHECK(second.requests().empty());
  }
  const Environment empty({"https_proxy"}, "");  // to libcurl as if it were not there
  ask();
  CHECK(first.requests().size() == 1);
  CHECK(second.requests().size() == 1);
}

TEST_CASE("a proxy in the environment may lack its scheme") {
  const RawServer proxy(refusal());
  const Environment environment({"https_proxy"}, "us%40er:hunter2@" + proxy.origin().substr(7));
  static_cast<void>(fetch({.proxy_from_environment = true}, kUrl));
  REQUIRE(proxy.requests().size() == 1);
  CHECK(proxy.requests().at(0).find("Proxy-Authorization: Basic dXNAZXI6aHVudGVyMg==") !=
        std::string::npos);
}

TEST_CASE("no proxy in the environment is a direct connection") {
  const RawServer server(test::bytes("no TLS here"));
  static_cast<void>(fetch({.proxy_from_environment = true}, server.url("127.0.0.1", "https")));
  CHECK(server.connections() == 1);
}

TEST_CASE("a proxy in the environment that is of no use is not gone around, nor shown") {
  const RawServer proxy(refusal());
  const RawServer server(test::bytes("no TLS here"));
  const std::string at = "@" + proxy.origin().substr(7);
  for (const std::string& value : std::vector<std::string>{"http://us:hunter2%0aw" + at,
                                                           "http://us:hunter2%00" + at,
                                                           "http://us:hunter2%1f" + at,
                                                           "http://us:hunter2%0d" + at,
                                                           "http://us%0a:hunter2" + at,
                                                           "http://us:hunter2%" + at,
                                                           "http://svc@corp.example:hunter2" + at,
                                                           "us:hunter2%0a" + at,
                                                           "socks9://us:hunter2@p",
                                                           "socks5://us:hunter2" + at,
                                                           "http://us:hunter2@p :3128",
                                                           "http://us:hunter 2" + at,
                                                           " http://us:hunter2" + at,
                                                           "http://us:hunter2@[zz]:3128",
                                                           "http://us:hunter2@proxy.invalid:99999",
                                                           "us:hunter2@",
                                                           "http://us:hunter2" + at + "/x",
                                                           "hunter2\n",
                                                           "://hunter2",
                                                           "http://us:hunter2\xc3\xa4" + at}) {
    CAPTURE(value);
    for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
      const Environment environment({name}, value);
      const auto outcome =
          fetch({.proxy_from_environment = true}, server.url("127.0.0.1", "https"));
      REQUIRE_FALSE(outcome.response);
      CHECK_FALSE(outcome.retryable_now);
      const jwks::Error& error = outcome.response.error();
      CHECK(error.reason() == jwks::ErrorReason::fetch_failed);
      CHECK(error.detail().find("127.0.0.1: ") == 0);
      CHECK(error.detail().find(name) != std::string_view::npos);
      for (const std::string_view secret : {"hunter", "proxy.invalid", "corp.example", "socks"})
        CHECK(error.message().find(secret) == std::string::npos);
    }
  }
  CHECK(server.connections() == 0);
  CHECK(proxy.connections() == 0);
}

TEST_CASE("a password that is accepted is one that the proxy gets") {
  const RawServer proxy(refusal());
  const RawServer server(test::bytes("no TLS here"));
  int asked = 0;
  for (const std::string userinfo : {"us", "us:", ":word", "", ":", "us:%20%7e%c3%A4",
                                     "us:-._~!$&'()*+,;=:9", "%ff:%80", "u%25:%41"}) {
    CAPTURE(userinfo);
    HttpOptions options{.proxy = proxy.origin().insert(7, userinfo + "@")};
    static_cast<void>(fetch(options, server.url("127.0.0.1", "https")));
    CHECK(proxy.connections() == ++asked);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("what libcurl says is shown unless it may quote the proxy") {
  using jwks::source::reason_of;
  CHECK(reason_of(CURLE_OPERATION_TIMEDOUT, "Connection timed out after 9 ms") ==
        "Connection timed out after 9 ms");
  CHECK(reason_of(CURLE_OPERATION_TIMEDOUT, "") == curl_easy_strerror(CURLE_OPERATION_TIMEDOUT));
  for (const CURLcode code :
       {CURLE_COULDNT_RESOLVE_PROXY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT})
    CHECK(reason_of(code, "hunter2") == curl_easy_strerror(code));
  for (const std::string_view quote :
       {"Unsupported proxy syntax in 'http://us:hunter2'", "'us:hunter2@proxy' is no proxy"})
    CHECK(reason_of(CURLE_NOT_BUILT_IN, quote) == curl_easy_strerror(CURLE_NOT_BUILT_IN));
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
