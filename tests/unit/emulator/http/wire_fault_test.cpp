// Faults of an answer's bytes and of connections, as a client sees them. What exactly is sent is
// the business of delivery_test.cpp.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulator/http/connections.hpp"
#include "emulator/http/http_server.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

using namespace jwks::emulator;
using test::Connection;
using test::eventually;
using test::get;

constexpr const char* kRequest = "GET /spoiled HTTP/1.1\r\nHost: h\r\n\r\n";

/// Spoils what is asked of /spoiled, in one way.
HttpServer spoiling(WireFault fault, HttpLimits limits = {}, std::atomic<int>* spoiled = nullptr) {
  HttpServer server = HttpServer::bind("127.0.0.1", 0, limits).value();
  REQUIRE(server.serve({.respond = [fault, spoiled](const HttpRequest& request) -> HttpResponse {
    if (request.path != "/spoiled") return {.body = "good"};
    if (spoiled != nullptr) ++*spoiled;
    return {.body = "hello", .fault = fault};
  }}));
  return server;
}

/// What is left of an answer that ends by itself.
struct Rest {
  std::string bytes;
  bool was_reset;
};
Rest spoiled(WireFault fault, const std::string& request = kRequest) {
  const HttpServer server = spoiling(fault);
  Connection connection(server.port());
  connection.send(request);
  std::string bytes = connection.receive_all();
  CHECK(get(server.port(), "/fine").body == "good");
  return {std::move(bytes), connection.was_reset()};
}

bool ends_after_header(const std::string& bytes) { return bytes.ends_with("\r\n\r\n"); }

}  // namespace

TEST_CASE("an answer is reset after N bytes, and before anything", "[emulator]") {
  const Rest some = spoiled({.kind = FaultKind::reset, .bytes = 12});
  CHECK(some.bytes == "HTTP/1.1 200");
  CHECK(some.was_reset);
  const Rest none = spoiled({.kind = FaultKind::reset});
  CHECK(none.bytes.empty());
  CHECK(none.was_reset);
}

TEST_CASE("a truncated body is followed by an orderly close", "[emulator]") {
  const Rest rest = spoiled({.kind = FaultKind::truncate, .bytes = 2});
  CHECK(rest.bytes.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(rest.bytes.ends_with("\r\n\r\nhe"));
  CHECK_FALSE(rest.was_reset);
}

TEST_CASE("an oversized body is sent in full", "[emulator]") {
  const Rest rest = spoiled({.kind = FaultKind::oversize, .bytes = 2 * 1024 * 1024 + 7});
  const std::size_t body = rest.bytes.find("\r\n\r\n") + 4;
  CHECK(rest.bytes.size() - body == 2 * 1024 * 1024 + 7);
  CHECK(rest.bytes.substr(body, 7) == "hello  ");
}

TEST_CASE("Content-Length says more than there is", "[emulator]") {
  const Rest rest = spoiled({.kind = FaultKind::wrong_content_length, .bytes = 10});
  CHECK(rest.bytes.find("Content-Length: 15\r\n") != std::string::npos);
  CHECK(rest.bytes.ends_with("\r\n\r\nhello"));
}

TEST_CASE("a chunk size is none", "[emulator]") {
  const Rest rest = spoiled({.kind = FaultKind::bad_chunking});
  CHECK(rest.bytes.find("\r\n\r\nzz\r\n") != std::string::npos);
}

TEST_CASE("a gzip bomb of 1 GiB is small on the wire", "[emulator]") {
  const Rest rest = spoiled({.kind = FaultKind::gzip_bomb, .bytes = std::uint64_t{1} << 30});
  CHECK(rest.bytes.find("Content-Encoding: gzip\r\n") != std::string::npos);
  CHECK(rest.bytes.size() > 100'000);
  CHECK(rest.bytes.size() < 2'000'000);
}

TEST_CASE("an answer drips, and is whole in the end", "[emulator]") {
  const Rest rest = spoiled({.kind = FaultKind::drip, .pause = std::chrono::milliseconds(1)});
  CHECK(rest.bytes.ends_with("\r\n\r\nhello"));
}

TEST_CASE("HEAD has no body to spoil", "[emulator]") {
  const std::string head = "HEAD /spoiled HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const FaultKind kind : {FaultKind::truncate, FaultKind::oversize, FaultKind::endless,
                               FaultKind::wrong_content_length, FaultKind::bad_chunking}) {
    CAPTURE(static_cast<int>(kind));
    CHECK(ends_after_header(spoiled({.kind = kind, .bytes = 100}, head).bytes));
  }
}

TEST_CASE("a stalled answer outlasts the deadline of requests, and stops nobody", "[emulator]") {
  for (const FaultKind kind : {FaultKind::stall_headers, FaultKind::stall_body}) {
    std::atomic<int> requests = 0;
    const HttpServer server =
        spoiling({.kind = kind, .bytes = 2}, {.timeout = std::chrono::seconds(1)}, &requests);
    std::vector<std::unique_ptr<Connection>> stalled;
    for (int tries = 0; tries < 100 && stalled.size() < 20; ++tries) {  // more than threads
      auto connection = std::make_unique<Connection>(server.port());
      const int before = requests;
      connection->send(kRequest);
      // On a busy machine the deadline may have passed before the request was read.
      const auto is_decided = [&] { return requests > before || !connection->is_open(); };
      REQUIRE(eventually(is_decided));
      if (requests > before) stalled.push_back(std::move(connection));
    }
    REQUIRE(stalled.size() == 20);
    // Another connection's deadline runs from later on, so that theirs has passed with it.
    Connection idle(server.port());
    idle.wait_for_close();
    CHECK(get(server.port(), "/fine").body == "good");
    for (const auto& each : stalled) {
      CHECK(each->is_open());
      if (kind == FaultKind::stall_body) {
        CHECK(each->receive_some(1).starts_with("HTTP/1.1 200"));
      }
    }
  }
}

TEST_CASE("an endless body goes on until the client has had enough", "[emulator]") {
  const HttpServer server = spoiling({.kind = FaultKind::endless});
  Connection connection(server.port());
  connection.send(kRequest);
  CHECK(connection.receive_some(5'000'000).size() >= 5'000'000);
  CHECK(get(server.port(), "/fine").body == "good");
}

TEST_CASE("stop ends connections that would last for ever", "[emulator]") {
  for (const FaultKind kind :
       {FaultKind::stall_headers, FaultKind::stall_body, FaultKind::endless, FaultKind::drip}) {
    CAPTURE(static_cast<int>(kind));
    HttpServer server = spoiling({.kind = kind, .pause = std::chrono::hours(1)});
    Connection reading(server.port());
    Connection deaf(server.port());
    reading.send(kRequest);
    deaf.send(kRequest);
    if (kind != FaultKind::stall_headers) REQUIRE_FALSE(reading.receive_some(1).empty());
    server.stop();
    reading.wait_for_close();
    deaf.wait_for_close();
  }
}

TEST_CASE("of connections that would last for ever, the oldest makes room for one too many",
          "[emulator]") {
  const HttpServer server = spoiling({.kind = FaultKind::stall_headers});
  std::vector<std::unique_ptr<Connection>> stalled;
  for (std::size_t i = 0; i < Connections::kMostLasting; ++i) {
    stalled.push_back(std::make_unique<Connection>(server.port()));
    stalled.back()->send(kRequest);
  }
  CHECK(get(server.port(), "/fine").body == "good");
  Connection one_more(server.port());
  one_more.send(kRequest);
  // One of the first: threads of the server may have taken them in another order.
  CHECK(eventually([&] {
    return std::any_of(stalled.begin(), stalled.end(), [](auto& each) { return !each->is_open(); });
  }));
  CHECK(std::count_if(stalled.begin(), stalled.end(), [](auto& each) { return each->is_open(); }) ==
        Connections::kMostLasting - 1);
  CHECK(one_more.is_open());
}

TEST_CASE("a connection is accepted and then ignored, one by the greeting's choice", "[emulator]") {
  HttpServer server = HttpServer::bind("127.0.0.1", 0).value();
  std::atomic<int> greeted = 0;
  REQUIRE(server.serve(
      {.respond = [](const HttpRequest&) { return HttpResponse{.body = "good"}; },
       .greet = [&] { return greeted++ == 0 ? ConnectionFault::stall : ConnectionFault::none; }}));
  Connection stalled(server.port());
  stalled.send(kRequest);
  REQUIRE(eventually([&] { return greeted == 1; }));
  CHECK(get(server.port(), "/").body == "good");
  CHECK(stalled.is_open());
  CHECK(greeted == 2);
  server.stop();
  CHECK(stalled.receive_all().empty());
}

TEST_CASE("a fault of TLS does nothing without TLS") {
  HttpServer server = HttpServer::bind("127.0.0.1", 0).value();
  REQUIRE(server.serve({.respond = [](const HttpRequest&) { return HttpResponse{.body = "good"}; },
                        .greet = [] { return ConnectionFault::tls_expired; }}));
  CHECK(get(server.port(), "/").body == "good");
}

TEST_CASE("while the port refuses, nobody connects, and afterwards all is as before",
          "[emulator]") {
  HttpServer server = spoiling({});
  Connection idle(server.port());
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(idle.receive().status == 200);
  server.refuse_for(std::chrono::hours(1));
  const Connection refused(server.port());
  CHECK_FALSE(refused.connected());
  CHECK(refused.error() == ECONNREFUSED);
  idle.wait_for_close();

  SECTION("it can be stopped meanwhile") { server.stop(); }
  SECTION("a longer refusal is not cut short by another one") {
    server.refuse_for(std::chrono::milliseconds(0));
    CHECK_FALSE(Connection(server.port()).connected());
  }
}

TEST_CASE("the port opens again by itself, again and again", "[emulator]") {
  HttpServer server = spoiling({});
  for (int i = 0; i < 5; ++i) {
    server.refuse_for(std::chrono::milliseconds(1));
    REQUIRE(eventually([&] { return Connection(server.port()).connected(); }));
    CHECK(get(server.port(), "/fine").body == "good");
  }
}

TEST_CASE("a port that someone else has taken meanwhile is opened once it is free", "[emulator]") {
  HttpServer server = spoiling({});
  std::optional<HttpServer> squatter;
  REQUIRE(eventually([&] {
    server.refuse_for(std::chrono::milliseconds(50));
    auto bound = HttpServer::bind("127.0.0.1", server.port(), {.timeout = std::chrono::seconds(2)});
    if (bound) squatter.emplace(std::move(bound).value());
    return squatter.has_value();
  }));
  REQUIRE(squatter->serve(
      {.respond = [](const HttpRequest&) { return HttpResponse{.body = "squatter"}; }}));
  CHECK(get(server.port(), "/fine").body == "squatter");
  // When this one's time is over, the refusal's is too, and the port was found busy.
  Connection(server.port()).wait_for_close();
  squatter->stop();
  CHECK(eventually([&] { return get(server.port(), "/fine").body == "good"; }));
}

TEST_CASE("who asks for the refusal gets an answer, and so does who is being answered",
          "[emulator]") {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_inside = false;
  bool is_refusing = false;
  HttpServer server = HttpServer::bind("127.0.0.1", 0).value();
  REQUIRE(server.serve({.respond = [&](const HttpRequest& request) -> HttpResponse {
    std::unique_lock lock(mutex);
    if (request.path == "/refuse") {
      server.refuse_for(std::chrono::hours(1));
      is_refusing = true;
    } else {
      is_inside = true;
    }
    changed.notify_all();
    const bool happened =
        changed.wait_for(lock, std::chrono::minutes(1), [&] { return is_inside && is_refusing; });
    return {.status = happened ? 200 : 503};
  }}));
  Connection other(server.port());
  other.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::minutes(1), [&] { return is_inside; }));
  }
  Connection caller(server.port());
  caller.send("GET /refuse HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(caller.receive().status == 200);
  CHECK(other.receive().status == 200);
  caller.wait_for_close();  // and no second request
  other.wait_for_close();
  CHECK_FALSE(Connection(server.port()).connected());
}
