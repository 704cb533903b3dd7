// Clients that are slow, many, old or strange.

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
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

HttpServer echoing(HttpLimits limits = {}) {
  HttpServer server = HttpServer::bind("127.0.0.1", 0, limits).value();
  REQUIRE(server.serve({.respond = [](const HttpRequest& request) {
    return HttpResponse{.body = request.method + "|" + request.body};
  }}));
  return server;
}

/// How many there are in a folder of /proc.
std::ptrdiff_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

/// Sets how many files this process may have open, for as long as it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t files) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = files;
    is_set_ = ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;
  ~FileLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  [[nodiscard]] bool is_set() const noexcept { return is_set_; }

 private:
  rlimit before_{};
  bool is_set_ = false;
};

}  // namespace

TEST_CASE("a client that waits for a word before its body gets it") {
  const HttpServer server = echoing({.body_bytes = 100});
  Connection connection(server.port());
  connection.send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n");
  CHECK(connection.receive(true).status == 100);
  connection.send("hello");
  CHECK(connection.receive().body == "POST|hello");

  // One whose body is too large is told before it sends any.
  connection.send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n");
  CHECK(connection.receive().status == 413);
}

TEST_CASE("a chunked request is put together") {
  const HttpServer server = echoing();
  Connection connection(server.port());
  connection.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n");
  connection.send("2;x=y\r\nlo\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(connection.receive().body == "POST|hello");
  CHECK(connection.receive().body == "GET|");
}

TEST_CASE(
    "what two readers could take for different requests is refused, and the connection closed") {
  const HttpServer server = echoing();
  const std::string chunks = "\r\n\r\n0\r\n\r\n";
  const std::pair<std::string, int> rows[] = {
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED" + chunks, 200},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity" + chunks, 501},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked" + chunks, 501},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked" + chunks, 501},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:" + chunks, 501},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x" + chunks,
       400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x\r\nContent-Length: 5" + chunks, 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked" + chunks,
       400},
      {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked" + chunks, 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n", 400},
      {"GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET http://u@h/x HTTP/1.1\r\nHost: h\r\n\r\n", 400}};
  for (const auto& [request, status] : rows) {
    CAPTURE(request);
    Connection connection(server.port());
    connection.send(request);
    CHECK(connection.receive().status == status);
    // What follows is not read as another request.
    connection.send("GET /smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK((connection.receive().status == 200) == (status == 200));
  }
}

TEST_CASE("a target that is a whole URL becomes a path and the Host") {
  HttpServer server = HttpServer::bind("127.0.0.1", 0).value();
  REQUIRE(server.serve({.respond = [](const HttpRequest& request) -> HttpResponse {
    return {.body = std::string(request.header("host").value_or("none")) + "|" + request.path +
                    "|" + request.query};
  }}));
  const std::pair<std::string, std::string> rows[] = {
      {"http://a.example:1/p/q?r=s", "a.example:1|/p/q|r=s"},
      {"HTTPS://a.example", "a.example|/|"},
      {"http://[::1]:1?q", "[::1]:1|/|q"},
      {"/p?u=http://a", "h|/p|u=http://a"}};
  for (const auto& [target, seen] : rows) {
    Connection connection(server.port());
    connection.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(connection.receive().body == seen);
  }
  Connection old(server.port());
  old.send("GET http://a/p HTTP/1.0\r\n\r\n");
  CHECK(old.receive().body == "a|/p|");
}

TEST_CASE("a client of HTTP/1.0 is answered, and stays only if it asks to") {
  const HttpServer server = echoing();
  Connection once(server.port());
  once.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(once.receive_all().ends_with("GET|"));

  Connection twice(server.port());
  twice.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto reply = twice.receive();
  CHECK(reply.head.find("Connection: keep-alive") != std::string::npos);
  twice.send("GET / HTTP/1.0\r\n\r\n");
  CHECK(twice.receive().body == "GET|");
}

TEST_CASE("a hundred requests that come at once are answered in order") {
  const HttpServer server = echoing();
  Connection connection(server.port());
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    const std::string body = std::to_string(i);
    requests += "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body;
  }
  connection.send(requests);
  for (int i = 0; i < 100; ++i) CHECK(connection.receive().body == "POST|" + std::to_string(i));
}

TEST_CASE("clients that never read stop nobody, and are let go after the deadline") {
  std::atomic<int> answered = 0;
  HttpServer server =
      HttpServer::bind("127.0.0.1", 0, {.timeout = std::chrono::seconds(2)}).value();
  REQUIRE(server.serve({.respond = [&](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/small") return {.body = "good"};
    ++answered;
    return {.body = std::string(16'000'000, 'x')};  // more than sockets hold
  }}));
  const auto files = entries("/proc/self/fd");
  std::vector<std::unique_ptr<Connection>> deaf;
  for (int i = 0; i < 10; ++i) {  // more than there are threads
    deaf.push_back(std::make_unique<Connection>(server.port()));
    deaf.back()->send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  CHECK(get(server.port(), "/small").body == "good");
  REQUIRE(eventually([&] { return answered == 10; }));
  // The server's ends are in this process too: they go, the clients' stay.
  CHECK(eventually([&] { return entries("/proc/self/fd") == files + 10; }));
  for (const auto& each : deaf) CHECK(each->receive_all().size() < 16'000'000);
}

TEST_CASE("a server that is gone has given back its threads and sockets") {
  {
    const HttpServer first = echoing();
  }  // what is made once by the process is there now
  const auto threads = entries("/proc/self/task");
  const auto files = entries("/proc/self/fd");
  for (int i = 0; i < 10; ++i) {
    HttpServer server = echoing();
    Connection idle(server.port());
    Connection half(server.port());
    half.send("GET / HTTP/1.1\r\n");
    Connection used(server.port());
    used.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(used.receive().body == "GET|");
  }
  // A thread that was joined may be listed for a moment more.
  CHECK(eventually([&] { return entries("/proc/self/task") == threads; }));
  CHECK(entries("/proc/self/fd") == files);
}

TEST_CASE("more connections than the server takes wait, and lose nothing") {
  const FileLimit files(4096);
  if (!files.is_set()) {
    WARN("this process may not open enough files");
    return;
  }
  const HttpServer server = echoing();
  std::vector<std::unique_ptr<Connection>> idle;
  for (std::size_t i = 0; i < Connections::kMost; ++i) {
    idle.push_back(std::make_unique<Connection>(server.port()));
    REQUIRE(idle.back()->connected());
  }
  // The last of them has been taken in when it is answered; one more has to wait.
  idle.back()->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  REQUIRE(idle.back()->receive().body == "GET|");
  Connection waiting(server.port());
  REQUIRE(waiting.connected());
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.erase(idle.begin(), idle.begin() + 10);
  CHECK(waiting.receive().body == "GET|");
}

TEST_CASE("a process without free file descriptors serves again once it has some") {
  const HttpServer server = echoing();
  REQUIRE(get(server.port(), "/").body == "GET|");
  std::vector<std::unique_ptr<Connection>> open;
  const FileLimit files(100);
  REQUIRE(files.is_set());
  // Both ends are in this process: the last client's socket leaves none for the server's.
  do open.push_back(std::make_unique<Connection>(server.port()));
  while (open.back()->connected() && open.size() < 200);
  CHECK(open.size() < 200);
  REQUIRE(open.size() > 2);
  Connection& last = *open[open.size() - 2];
  open.pop_back();
  last.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(open.size() / 2));
  CHECK(last.receive().body == "GET|");
}
