// The libcurl fetcher against a small server that sends exactly the bytes a test wants.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include "jwks/fetcher.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorReason;
using jwks::Fetcher;
using jwks::FetchRequest;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Accepts one connection after another, reads a request and sends `reply`; with an empty reply it
/// says nothing and keeps the connection open.
class RawServer {
 public:
  explicit RawServer(std::string reply) : reply_(std::move(reply)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("no loopback port");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const {
    return "http://" + std::string(host) + ":" + std::to_string(port_) + "/jwks";
  }
  [[nodiscard]] int requests() const { return requests_; }
  /// What the first request looked like; wait for `requests()` before.
  [[nodiscard]] const std::string& first_request() const { return first_request_; }

 private:
  void serve() {
    std::vector<int> open;
    for (int client = accept(listener_, nullptr, nullptr); client >= 0;
         client = accept(listener_, nullptr, nullptr)) {
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = recv(client, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        request.append(buffer, static_cast<std::size_t>(got));
      }
      if (requests_ == 0) first_request_ = request;
      ++requests_;
      if (reply_.empty()) {
        open.push_back(client);
        continue;
      }
      static_cast<void>(send(client, reply_.data(), reply_.size(), MSG_NOSIGNAL));
      close(client);
    }
    for (const int client : open) close(client);
  }

  std::string reply_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> requests_ = 0;
  std::string first_request_;
  std::jthread thread_;
};

std::shared_ptr<Fetcher> loopback_fetcher() {
  return jwks::make_curl_fetcher({.allow_loopback_http = true}).value();
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

}  // namespace

TEST_CASE("a response comes back with its status, body and headers") {
  const RawServer server(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCACHE-CONTROL:  max-age=9 \r\n"
      "ETag: \"v1\"\r\nAge: 3\r\nContent-Length: 2\r\n\r\n{}");
  FetchRequest request{.url = server.url(), .if_none_match = "\"v0\"", .no_cache = true};
  const auto outcome = loopback_fetcher()->fetch(request, {});
  REQUIRE(outcome.response);
  CHECK(outcome.response->status == 200);
  CHECK(outcome.response->body == "{}");
  CHECK(outcome.response->content_type == "application/json");
  CHECK(outcome.response->cache_control == "max-age=9");
  CHECK(outcome.response->etag == "\"v1\"");
  CHECK(outcome.response->age == "3");
  REQUIRE(server.requests() == 1);
  CHECK(server.first_request().find("If-None-Match: \"v0\"") != std::string::npos);
  CHECK(server.first_request().find("Cache-Control: no-cache") != std::string::npos);
  CHECK(server.first_request().find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("a redirect is an answer, not a way", "[claim-54][attack-195]") {
  const RawServer target("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  const RawServer server("HTTP/1.1 302 Found\r\nLocation: " + target.url() +
                         "\r\nContent-Length: 0\r\n\r\n");
  const auto outcome = fetch(server.url());
  REQUIRE(outcome.response);
  CHECK(outcome.response->status == 302);
  CHECK(target.requests() == 0);
}

TEST_CASE("a body over the limit ends the transfer", "[claim-53][attack-188]") {
  const std::string body(1001, 'x');
  SECTION("with a Content-Length") {
    const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + body);
    CHECK(failed_because(fetch(server.url()), "too large"));
    CHECK(fetch(server.url(), 1001).response);
  }
  SECTION("without one") {
    const RawServer server("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body);
    CHECK(failed_because(fetch(server.url()), "too large"));
    CHECK(fetch(server.url(), 1001).response);
  }
}

TEST_CASE("a body that ends early is no response", "[attack-191]") {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"keys\":[]}");
  const auto outcome = fetch(server.url());
  CHECK_FALSE(outcome.response);
  CHECK_FALSE(outcome.retryable_now);
}

TEST_CASE("hostile HTTP is no response", "[attack-206]") {
  for (const std::string& reply :
       {std::string("{\"keys\":[]}"),  // HTTP/0.9
        "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\nContent-Length: 0\r\n\r\n",
        std::string(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx")}) {
    const RawServer server(reply);
    CHECK_FALSE(fetch(server.url()).response);
  }
}

TEST_CASE("a refused connection may be tried again, and the host is named") {
  std::string url;
  {
    const RawServer gone("x");
    url = gone.url();
  }
  const auto outcome = fetch(url);
  CHECK(outcome.retryable_now);
  CHECK(failed_because(outcome, "127.0.0.1"));
}

TEST_CASE("a server that says nothing is left at the deadline", "[attack-189]") {
  const RawServer server("");
  FetchRequest request{.url = server.url(), .total_timeout = milliseconds(50)};
  const auto outcome = loopback_fetcher()->fetch(request, {});
  CHECK_FALSE(outcome.response);
  CHECK_FALSE(outcome.retryable_now);
}

TEST_CASE("a stop ends a transfer that hangs", "[claim-62]") {
  const RawServer server("");
  const auto fetcher = loopback_fetcher();
  // Far beyond the time that this test may take: only the stop can end it.
  FetchRequest request{.url = server.url(), .total_timeout = std::chrono::hours(1)};
  std::optional<Fetcher::Outcome> outcome;
  std::jthread caller(
      [&](std::stop_token stop) { outcome.emplace(fetcher->fetch(request, stop)); });
  REQUIRE(test::eventually([&] { return server.requests() == 1; }));
  caller.request_stop();
  caller.join();
  CHECK_FALSE(outcome->response);
}

TEST_CASE("only https is asked, and http on loopback when allowed", "[claim-54][attack-196]") {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  const auto strict = jwks::make_curl_fetcher().value();
  CHECK_FALSE(strict->fetch({.url = server.url()}, {}).response);
  CHECK(server.requests() == 0);
  for (const std::string url : {"file:///etc/hostname", "ftp://127.0.0.1/x",
                                "http://issuer.example/", "gopher://127.0.0.1"})
    CHECK_FALSE(loopback_fetcher()->fetch({.url = url}, {}).response);
  CHECK(fetch(server.url("localhost")).response);
}

TEST_CASE("a link-local address is refused before anything is sent", "[claim-54][attack-198]") {
  for (const std::string url : {"https://169.254.169.254/latest", "https://[fe80::1]/x",
                                "https://[::ffff:169.254.169.254]/x"})
    CHECK(failed_because(jwks::make_curl_fetcher().value()->fetch({.url = url}, {}), "link-local"));
}

TEST_CASE("proxies of the environment are not used") {
  const RawServer proxy("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  setenv("http_proxy", proxy.url().c_str(), 1);
  const auto outcome = fetch(server.url());
  unsetenv("http_proxy");
  REQUIRE(outcome.response);
  CHECK(outcome.response->body == "{}");
  CHECK(proxy.requests() == 0);
}

TEST_CASE("plain HTTP is not spoken to https URLs, nor a failed handshake tried again") {
  const RawServer server("HTTP/1.1 400 Bad Request\r\n\r\n");
  std::string url = server.url();
  url.replace(0, 4, "https");
  const auto outcome = loopback_fetcher()->fetch({.url = url}, {});
  CHECK_FALSE(outcome.response);
  CHECK_FALSE(outcome.retryable_now);
}

TEST_CASE("a CA file that is not there is a configuration error") {
  const auto made = jwks::make_curl_fetcher({.ca_file = "/nowhere/ca.pem"});
  REQUIRE_FALSE(made);
  CHECK(made.error().code() == jwks::ErrorCode::bad_config);
  CHECK(made.error().subject() == "http.ca_file");
}
