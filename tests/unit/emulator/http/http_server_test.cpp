#include "emulator/http/http_server.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace {

using jwks::emulator::HttpLimits;
using jwks::emulator::HttpRequest;
using jwks::emulator::HttpResponse;
using jwks::emulator::HttpServer;
using test::Connection;
using test::get;

HttpResponse echo(const HttpRequest& request) {
  return {.status = 200,
          .headers = {{"X-Loopback", request.from_loopback ? "yes" : "no"}},
          .body = request.method + " " + request.path + "|" + request.query + "|" +
                  std::string(request.header("x-name").value_or("none")) + "|" + request.body};
}

HttpServer serving(std::function<HttpResponse(HttpRequest)> handler, HttpLimits limits = {}) {
  HttpServer server = HttpServer::bind("127.0.0.1", 0, limits).value();
  REQUIRE(server.serve({.respond = std::move(handler)}));
  return server;
}

}  // namespace

TEST_CASE("a request reaches the handler as it was sent, and its answer the client") {
  const HttpServer server = serving(echo);
  Connection connection(server.port());
  connection.send(
      "POST /a%2Fb?x=1&y HTTP/1.1\r\nHost: h\r\nX-NAME: value\r\nContent-Length: 5\r\n\r\nhello");
  const auto reply = connection.receive();
  CHECK(reply.status == 200);
  CHECK(reply.body == "POST /a%2Fb|x=1&y|value|hello");
  CHECK(reply.head.find("X-Loopback: yes") != std::string::npos);
}

TEST_CASE("a connection serves several requests, also when they come at once") {
  const HttpServer server = serving(echo);
  Connection connection(server.port());
  connection.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(connection.receive().body == "GET /1||none|");
  CHECK(connection.receive().body == "GET /2||none|");
  connection.send("GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(connection.receive().body == "GET /3||none|");
  CHECK(connection.receive().status == 0);
}

TEST_CASE("HEAD is answered with the length and without the body") {
  const HttpServer server = serving(echo);
  Connection connection(server.port());
  connection.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = connection.receive(true);
  CHECK(head.head.find("Content-Length: " + std::to_string(std::string("HEAD /x||none|").size())) !=
        std::string::npos);
  CHECK(connection.receive().body == "GET /y||none|");
}

TEST_CASE("a 304 has no body and no length, and the connection goes on") {
  const HttpServer server = serving([](const HttpRequest&) { return HttpResponse{.status = 304}; });
  Connection connection(server.port());
  for (int i = 0; i < 2; ++i) {
    connection.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto reply = connection.receive();
    CHECK(reply.status == 304);
    CHECK(reply.head.find("Content-Length") == std::string::npos);
  }
}

TEST_CASE("a handler that throws, or answers with a status that is none, costs one 500") {
  const HttpServer server = serving([](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/throw") throw std::runtime_error("a fault with details");
    if (request.path == "/status") return {.status = 100000};
    return echo(request);
  });
  const auto thrown = get(server.port(), "/throw");
  CHECK(thrown.status == 500);
  CHECK(thrown.body.find("details") == std::string::npos);
  CHECK(get(server.port(), "/status").status == 500);
  CHECK(get(server.port(), "/fine").status == 200);
}

TEST_CASE("what is too large or no HTTP is refused, and the server goes on") {
  const HttpServer server = serving(echo, {.header_bytes = 1024, .body_bytes = 100});
  CHECK(get(server.port(), "/", "X-Long: " + std::string(2000, 'x') + "\r\n").status == 431);

  // The body is never sent whole; the announcement is enough.
  Connection announced(server.port());
  announced.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\nabc");
  CHECK(announced.receive().status == 413);

  Connection chunked(server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 4; ++i) chunked.send("32\r\n" + std::string(0x32, 'x') + "\r\n");
  CHECK(chunked.receive().status == 413);

  for (const char* nonsense :
       {"nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    CAPTURE(std::string(nonsense));
    Connection connection(server.port());
    connection.send(nonsense);
    CHECK(connection.receive().status == 400);
  }
  CHECK(get(server.port(), "/fine").status == 200);
}

TEST_CASE("clients that stall stop nobody else, and are let go after the timeout") {
  const HttpServer server = serving(echo, {.timeout = std::chrono::seconds(2)});
  std::vector<std::unique_ptr<Connection>> stalled;
  for (int i = 0; i < 20; ++i) {
    stalled.push_back(std::make_unique<Connection>(server.port()));
    stalled.back()->send("GET / HTTP/1.1\r\nHost:");
  }
  CHECK(get(server.port(), "/fine").status == 200);
  for (const auto& each : stalled) each->wait_for_close();  // throws if it never comes
  CHECK(get(server.port(), "/fine").status == 200);
}

TEST_CASE("dripping bytes does not move the deadline of a request") {
  const HttpServer server = serving(echo, {.timeout = std::chrono::seconds(2)});
  Connection dripping(server.port());
  dripping.send("GET / HTTP/1.1\r\nX: ");
  std::atomic<bool> closed = false;
  std::thread drip([&] {
    while (!closed) {
      dripping.send("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  dripping.wait_for_close();
  closed = true;
  drip.join();
  CHECK(get(server.port(), "/fine").status == 200);
}

TEST_CASE("two requests are answered side by side") {
  std::mutex mutex;
  std::condition_variable both;
  int inside = 0;
  const HttpServer server = serving([&](const HttpRequest&) -> HttpResponse {
    std::unique_lock lock(mutex);
    ++inside;
    both.notify_all();
    const bool met = both.wait_for(lock, std::chrono::minutes(1), [&] { return inside == 2; });
    return {.status = met ? 200 : 503};
  });
  Connection first(server.port());
  Connection second(server.port());
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(first.receive().status == 200);
  CHECK(second.receive().status == 200);
}

TEST_CASE(
    "stop closes the port and the connections, and the same port can be bound again at once") {
  HttpServer server = serving(echo);
  const std::uint16_t port = server.port();
  Connection idle(port);
  Connection used(port);
  used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(used.receive().status == 200);

  server.stop();
  idle.wait_for_close();
  used.wait_for_close();
  CHECK_FALSE(Connection(port).connected());

  HttpServer again = HttpServer::bind("127.0.0.1", port).value();
  REQUIRE(again.serve({.respond = echo}));
  CHECK(get(port, "/fine").status == 200);
}

TEST_CASE("a busy port and an unknown host are told apart") {
  const HttpServer server = serving(echo);
  const auto busy = HttpServer::bind("127.0.0.1", server.port());
  REQUIRE_FALSE(busy);
  CHECK(busy.error().code() == jwks::ErrorCode::bad_config);
  CHECK(busy.error().subject() == "port");
  CHECK(busy.error().detail() == "port " + std::to_string(server.port()) + " is in use");

  const auto unknown = HttpServer::bind("no such host", 0);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().subject() == "host");
  const auto foreign = HttpServer::bind("192.0.2.1", 0);  // RFC 5737: nobody's
  REQUIRE_FALSE(foreign);
  CHECK(foreign.error().subject() == "host");
}
