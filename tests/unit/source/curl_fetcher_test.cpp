// The libcurl fetcher against a small server that sends exactly the bytes a test wants. What whole
// verifiers answer to hostile ones is in tests/retrieval.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <optional>
#include <thread>

#include "jwks/fetcher.hpp"
#include "source/curl_session.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "support/raw_server.hpp"

namespace {

using jwks::ErrorReason;
using jwks::Fetcher;
using jwks::FetchRequest;
using jwks::HttpOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RawServer;

std::shared_ptr<Fetcher> loopback_fetcher(HttpOptions options = {}) {
  options.allow_loopback_http = true;
  return jwks::make_curl_fetcher(std::move(options)).value();
}

Fetcher::Outcome fetch(const std::string& url, std::size_t max_body = 1000) {
  FetchRequest request{.url = url};
  request.max_body_bytes = max_body;
  return loopback_fetcher()->fetch(request, {});
}

bool failed_because(const Fetcher::Outcome& outcome, std::string_view why) {
  if (outcome.response) return false;
  INFO(outcome.response.error().message());
  CHECK(outcome.response.error().reason() == ErrorReason::fetch_failed);
  CHECK(outcome.response.error().detail().find(why) != std::string_view::npos);
  return true;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("a response comes back with its status, body and headers") {
  const RawServer server(test::reply("{}",
                                     "Content-Type: application/json\r\nCACHE-CONTROL:  max-age=9 "
                                     "\r\nETag: \"v1\"\r\nAge: 3\r\n"));
  FetchRequest request{.url = server.url(), .if_none_match = "\"v0\"", .no_cache = true};
  const auto outcome = loopback_fetcher()->fetch(request, {});
  REQUIRE(outcome.response);
  CHECK(outcome.response->status == 200);
  CHECK(outcome.response->body == "{}");
  CHECK(outcome.response->content_type == "application/json");
  CHECK(outcome.response->cache_control == "max-age=9");
  CHECK(outcome.response->etag == "\"v1\"");
  CHECK(outcome.response->age == "3");
  const std::string sent = server.requests().at(0);
  CHECK(sent.starts_with("GET /jwks HTTP/1.1\r\n"));
  CHECK(sent.find("If-None-Match: \"v0\"\r\n") != std::string::npos);
  CHECK(sent.find("Cache-Control: no-cache\r\n") != std::string::npos);
  CHECK(sent.find("Accept: application/jwk-set+json, application/json\r\n") != std::string::npos);
  CHECK(sent.find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("all lines of Cache-Control count, and of another field the last") {
  const RawServer server(test::reply("{}",
                                     "Cache-Control: no-store\r\nETag: \"v1\"\r\n"
                                     "cache-control: public, max-age=900\r\nETag: \"v2\"\r\n"));
  const auto outcome = fetch(server.url());
  REQUIRE(outcome.response);
  CHECK(outcome.response->cache_control == "no-store, public, max-age=900");
  CHECK(outcome.response->etag == "\"v2\"");
}

TEST_CASE("of two responses only the last one's Cache-Control counts") {
  const RawServer server(test::bytes("HTTP/1.1 103 Early Hints\r\nCache-Control: no-store\r\n\r\n" +
                                     test::response("{}", "Cache-Control: max-age=900\r\n")));
  const auto outcome = fetch(server.url());
  REQUIRE(outcome.response);
  CHECK(outcome.response->cache_control == "max-age=900");
}

TEST_CASE("a request that nobody forces says nothing about caches") {
  const RawServer server(test::reply("{}"));
  CHECK(fetch(server.url()).response);
  for (const std::string name : {"Cache-Control", "Pragma", "If-None-Match", "If-Modified-Since"})
    CHECK(server.requests().at(0).find(name) == std::string::npos);
}

TEST_CASE("a validator that would break a request is not sent") {
  const RawServer server(test::reply("{}"));
  for (const std::string& validator :
       {std::string("\"v\"\r\nX-Evil: 1"), std::string("\"v\"\nX-Evil: 1"),
        std::string("\"\0X-Evil\"", 10), "\"X-Evil" + std::string(1024, 'x') + "\""}) {
    FetchRequest request{
        .url = server.url(), .if_none_match = validator, .if_modified_since = validator};
    CHECK(loopback_fetcher()->fetch(request, {}).response);
    CHECK(server.requests().back().find("X-Evil") == std::string::npos);
    CHECK(server.requests().back().find("If-") == std::string::npos);
  }
}

TEST_CASE("extra headers go with every request, and their values into no message") {
  const RawServer server(test::bytes("nonsense"));
  const auto fetcher = loopback_fetcher(
      {.extra_headers = {{"X-Tenant", "a b"}, {"Authorization", "Bearer hunter2"}}});
  const auto outcome = fetcher->fetch({.url = server.url()}, {});
  REQUIRE_FALSE(outcome.response);
  CHECK(outcome.response.error().message().find("hunter2") == std::string::npos);
  CHECK(server.requests().at(0).find("\r\nX-Tenant: a b\r\n") != std::string::npos);
  CHECK(server.requests().at(0).find("\r\nAuthorization: Bearer hunter2\r\n") != std::string::npos);
}

TEST_CASE("a redirect is an answer unless it may be followed", "[claim-54]") {
  const RawServer target(test::reply("{}"));
  const RawServer server(test::reply("", "Location: " + target.url() + "\r\n", "302 Found"));
  const auto outcome = fetch(server.url());
  REQUIRE(outcome.response);
  CHECK(outcome.response->status == 302);
  CHECK(target.requests().empty());
}

TEST_CASE("redirects together have one deadline", "[attack-195]") {
  // The first answer takes most of the time that is left; the second never comes.
  const auto slow = [](test::Connection& connection, const std::string& request) {
    if (test::path_of(request) != "/jwks") return connection.hang();
    connection.trickle(test::response("", "Location: /next\r\n", "302 Found"), milliseconds(2));
  };
  const RawServer server(slow);
  const auto outcome = loopback_fetcher({.max_redirects = 3})
                           ->fetch({.url = server.url(), .total_timeout = milliseconds(500)}, {});
  CHECK_FALSE(outcome.response);
  CHECK_FALSE(outcome.retryable_now);
}

TEST_CASE("a body over the limit ends the transfer", "[claim-53]") {
  const std::string body(1001, 'x');
  for (const std::string& reply :
       {test::response(body), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body}) {
    const RawServer server(test::bytes(reply));
    CHECK(failed_because(fetch(server.url()), "too large"));
    CHECK(fetch(server.url(), 1001).response);
  }
}

TEST_CASE("an error names the host, the status and the reason, and is no reason to hurry") {
  const RawServer server(
      test::bytes("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"keys\":[]}"));
  const auto outcome = fetch(server.url());
  CHECK(failed_because(outcome, "127.0.0.1"));
  CHECK(failed_because(outcome, "HTTP status 200"));
  CHECK(failed_because(outcome, "remaining"));
  CHECK_FALSE(outcome.retryable_now);
}

TEST_CASE("a refused or reset connection may be tried again", "[claim-44]") {
  std::string url;
  {
    const RawServer gone(test::silence());
    url = gone.url();
  }
  const auto refused = fetch(url);
  CHECK(refused.retryable_now);
  CHECK(failed_because(refused, "127.0.0.1"));

  const RawServer resetting(
      [](test::Connection& connection, const std::string&) { connection.reset(); });
  CHECK(fetch(resetting.url()).retryable_now);
}

TEST_CASE("a server that says nothing is left at the deadline") {
  const RawServer server(test::silence());
  FetchRequest request{.url = server.url(), .total_timeout = milliseconds(50)};
  const auto outcome = loopback_fetcher()->fetch(request, {});
  CHECK_FALSE(outcome.response);
  CHECK_FALSE(outcome.retryable_now);
}

TEST_CASE("a stop ends a transfer that hangs", "[claim-62]") {
  const RawServer server(test::silence());
  const auto fetcher = loopback_fetcher();
  // Far beyond the time that this test may take: only the stop can end it.
  FetchRequest request{.url = server.url(), .total_timeout = std::chrono::hours(1)};
  std::optional<Fetcher::Outcome> outcome;
  std::jthread caller(
      [&](std::stop_token stop) { outcome.emplace(fetcher->fetch(request, stop)); });
  REQUIRE(test::eventually([&] { return server.requests().size() == 1; }));
  caller.request_stop();
  caller.join();
  CHECK_FALSE(outcome->response);
}

TEST_CASE("only https is asked, and http on loopback when allowed", "[claim-54]") {
  const RawServer server(test::reply("{}"));
  const auto strict = jwks::make_curl_fetcher().value();
  CHECK_FALSE(strict->fetch({.url = server.url()}, {}).response);
  CHECK(server.connections() == 0);
  for (const std::string url : {"file:///etc/hostname", "ftp://127.0.0.1/x",
                                "http://issuer.example/", "gopher://127.0.0.1", ""})
    CHECK_FALSE(loopback_fetcher()->fetch({.url = url}, {}).response);
  CHECK(fetch(server.url("localhost")).response);
}

TEST_CASE("IPv6 is spoken") {
  const RawServer server(test::reply("{}"), AF_INET6);
  CHECK(fetch(server.url("[::1]")).response);
}

TEST_CASE("plain HTTP is not spoken to https URLs, nor a failed handshake tried again",
          "[claim-44]") {
  const RawServer server(test::bytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const auto outcome = loopback_fetcher()->fetch({.url = server.url("127.0.0.1", "https")}, {});
  CHECK_FALSE(outcome.response);
  CHECK_FALSE(outcome.retryable_now);
}

TEST_CASE("the requests of one flight share a connection, redirects and retries too") {
  std::atomic<int> requests = 0;
  const RawServer server([&](test::Connection& connection, const std::string& request) {
    const int number = ++requests;
    std::string reply = test::response("{}");
    if (test::path_of(request) == "/moved")
      reply = test::response("", "Location: /jwks\r\n", "302 Found");
    if (number == 2) reply = test::response("", "", "503 Service Unavailable");
    connection.send(reply);
  });
  const auto fetcher = loopback_fetcher({.max_redirects = 1});
  CHECK(
      fetcher->fetch({.url = server.origin() + "/.well-known/openid-configuration"}, {}).response);
  CHECK(fetcher->fetch({.url = server.url()}, {}).response);
  CHECK(fetcher->fetch({.url = server.origin() + "/moved"}, {}).response);
  CHECK(requests == 4);
  CHECK(server.connections() == 1);
}

TEST_CASE("a fetcher that asks many hosts holds few connections") {
  std::deque<RawServer> servers;
  for (int i = 0; i < 20; ++i) servers.emplace_back(test::reply("{}"));
  const auto fetcher = loopback_fetcher();
  const auto ask = [&](const RawServer& server) {
    return fetcher->fetch({.url = server.url()}, {}).response.has_value();
  };
  REQUIRE(ask(servers.front()));
  const std::size_t before = open_descriptors();
  for (const RawServer& server : servers) REQUIRE(ask(server));
  // One more than before, and a connection has two ends, both of them here.
  CHECK(test::eventually([&] { return open_descriptors() <= before + 2; }));
}

TEST_CASE("the hosts of the discovery document and of the key set both stay connected") {
  const RawServer discovery(test::reply("{}"));
  const RawServer keys(test::reply("{}"));
  const auto fetcher = loopback_fetcher();
  for (int round = 0; round < 3; ++round)
    for (const RawServer* server : {&discovery, &keys})
      CHECK(fetcher->fetch({.url = server->url()}, {}).response);
  CHECK(discovery.connections() == 1);
  CHECK(keys.connections() == 1);
}

TEST_CASE("many fetchers hold few connections") {
  const RawServer server(test::reply("{}"));
  const std::size_t before = open_descriptors();
  std::vector<std::shared_ptr<Fetcher>> fetchers;
  for (int i = 0; i < 100; ++i) {
    fetchers.push_back(loopback_fetcher());
    REQUIRE(fetchers.back()->fetch({.url = server.url()}, {}).response);
  }
  // A connection has two ends, both of them here, and a session has descriptors of its own.
  constexpr std::size_t kPerSession = 6;
  constexpr std::size_t kMost = kPerSession * jwks::source::CurlSessionPool::kMaxIdle;
  CHECK(test::eventually([&] { return open_descriptors() <= before + kMost; }));
  // The last one still has its own, and the first one gets along without.
  const int connections = server.connections();
  CHECK(fetchers.back()->fetch({.url = server.url()}, {}).response);
  CHECK(server.connections() == connections);
  CHECK(fetchers.front()->fetch({.url = server.url()}, {}).response);
  CHECK(server.connections() == connections + 1);
  fetchers.clear();
  CHECK(test::eventually([&] { return open_descriptors() <= before; }));
}

TEST_CASE("a forked child leaves its parent's connections alone", "[claim-69]") {
  const RawServer server(test::reply("{}"));
  auto fetcher = loopback_fetcher();
  REQUIRE(fetcher->fetch({.url = server.url()}, {}).response);
  const pid_t child = fork();
  if (child == 0) {
    const auto outcome = fetcher->fetch({.url = server.url()}, {});
    bool good = !outcome.response && outcome.response.error().reason() == ErrorReason::forked;
    fetcher.reset();
    good = good && loopback_fetcher()->fetch({.url = server.url()}, {}).response.has_value();
    _exit(good ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  // The first connection and the child's own.
  CHECK(fetcher->fetch({.url = server.url()}, {}).response);
  CHECK(server.connections() == 2);
}
