// `jwks serve-auth` as a server: starting and ending it, connections, outages.

#include <signal.h>
#include <sys/socket.h>

#include <list>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "cli/golden.hpp"
#include "cli/serve_auth.hpp"
#include "support/loopback_server.hpp"

namespace {

using namespace test;
using jwks::emulator::FaultKind;

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Tells whether so many answers wait for keys.
bool waits_for(const ServeAuth& auth, const World& world, int answers) {
  return holds(auth.report("/metrics").body, "jwks_waiters{issuer=\"" + world.issuer.issuer() +
                                                 "\"} " + std::to_string(answers) + "\n");
}

// --- start and end ----------------------------------------------------------------------------

TEST_CASE("serve-auth says where it listens when it is ready, and ends with status 0") {
  const World world;
  for (const int signal : {SIGTERM, SIGINT}) {
    ServeAuth auth(tokens_of(world.issuer));
    CHECK(auth.program().out() ==
          "jwks serve-auth: listening on http://127.0.0.1:" + std::to_string(auth.port()) +
              "\njwks serve-auth: status on http://127.0.0.1:" +
              std::to_string(auth.status_port()) + "\n");
    const Connection idle(auth.port());
    CHECK(idle.connected());
    CHECK(auth.status("/auth", bearer(world.token())) == 200);
    auth.program().send(signal);
    CHECK(auth.program().wait() == 0);
    CHECK(auth.program().err().empty());
  }
}

TEST_CASE("a port that is taken is wrong usage, with the address and the reason") {
  const World world;
  const ServeAuth first(tokens_of(world.issuer));
  const std::string port = std::to_string(first.port());
  std::vector<std::string> words{"serve-auth", "--listen", "127.0.0.1:" + port};
  for (const std::string& word : tokens_of(world.issuer)) words.push_back(word);
  const auto second = run_jwks(words);
  CHECK(second.status == 2);
  CHECK(second.out.empty());
  CHECK(second.err == "jwks: --listen: 127.0.0.1 port " + port + ": Address already in use\n");
}

TEST_CASE("what serve-auth is told wrongly is wrong usage, and names the option") {
  const TemporaryFile no_key("nothing");
  const std::vector<std::string> good{"--issuer", "https://issuer.example.com", "--audience", "a"};
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "--issuer"},
      {{"--issuer", "https://issuer.example.com"}, "--audience"},
      {{"--issuer", "http://issuer.example.com", "--audience", "a"}, "--issuer"},
      {{"--any-issuer", "--audience", "a"}, "--any-issuer"},
      {{"--any-issuer", "--any-audience", "--key", no_key.path()}, no_key.path().c_str()},
      {{"--from-env", "--issuer", "https://issuer.example.com"}, "--from-env"},
      {{"--env-prefix", "A_"}, "--env-prefix"},
      {{"--listen", "9180"}, "--listen"},
      {{"--listen", ":9180"}, "--listen"},
      {{"--listen", "127.0.0.1:"}, "--listen"},
      {{"--listen", "127.0.0.1:65536"}, "--listen"},
      {{"--listen", "127.0.0.1:-1"}, "--listen"},
      {{"--listen", "127.0.0.1:9180x"}, "--listen"},
      {{"--listen", "::1:9180"}, "--listen"},
      {{"--listen", "host.invalid:9180"}, "--listen"},
      {{"--status", "9181"}, "--status"},
      {{"--status", "host.invalid:9181"}, "--status"},
      {{"--threads", "0"}, "--threads"},
      {{"--threads", "257"}, "--threads"},
      {{"--clock-skew", "601"}, "--clock-skew"},
      {{"--ext-authz-prefix", "ext_authz"}, "--ext-authz-prefix"},
      {{"--ext-authz-prefix", "/"}, "--ext-authz-prefix"},
      {{"--ext-authz-prefix", "/a/"}, "--ext-authz-prefix"},
      {{"--ext-authz-prefix", "/a//b"}, "--ext-authz-prefix"},
      {{"--ext-authz-prefix", "/a/../b"}, "--ext-authz-prefix"},
      {{"--ext-authz-prefix", "/a?b"}, "--ext-authz-prefix"},
      {{"--ext-authz-prefix", "/auth"}, "--ext-authz-prefix"},
      {{"--ext-authz-prefix", "/metrics"}, "--ext-authz-prefix"},
      {{"--claim", "org_id"}, "--claim"},
      {{"--claim", "tenant=org"}, "--claim"},
      {{"--claim", "email="}, "--claim"},
      {{"--claim", "email=a,,b"}, "--claim"},
      {{"--claim", "email=a", "--claim", "email=b"}, "--claim"},
      {{"--require", "tenant"}, "--require"},
      {{"--role-order", "a,a"}, "--role-order"},
      {{"--profile", "refresh_token"}, "--profile"},
      {{"--profile", "id_token", "--type", "secevent+jwt"}, "--type"},
      {{"--required-claims", ""}, "--required-claims"},
      {{"--clock-skew", "601"}, "--clock-skew"},
      {{"--max-token-age", "0"}, "--max-token-age"},
      {{"--algorithms", "none"}, "--algorithms"},
      {{"--algorithms", "HS256"}, "--algorithms"},
      {{"--audit", "/nowhere/audit.log"}, "/nowhere/audit.log"},
      {{"--frobnicate"}, "--frobnicate"}};
  for (const auto& [options, named] : cases) {
    std::vector<std::string> words{"serve-auth"};
    const bool is_about_keys = options.empty() || options.front() == "--issuer" ||
                               options.front() == "--any-issuer" || options.front() == "--from-env";
    if (!is_about_keys) words.insert(words.end(), good.begin(), good.end());
    words.insert(words.end(), options.begin(), options.end());
    const auto result = run_jwks(words);
    CAPTURE(words, result.err);
    CHECK(result.status == 2);
    CHECK(result.out.empty());
    CHECK(holds(result.err, named));
  }
}

TEST_CASE("a mistake in the environment is wrong usage, and names the variable") {
  const auto result =
      run_program({"/usr/bin/env", "AUTH_MODE=jwt", JWKS_PROGRAM, "serve-auth", "--from-env"});
  CHECK(result.status == 2);
  CHECK(holds(result.err, "AUTH_JWT_ISSUER"));
}

TEST_CASE("serve-auth does not take a client's word for who it is") {
  for (const std::string prefix : {"", "ORDERS_"}) {
    std::vector<std::string> command{"/usr/bin/env", prefix + "AUTH_MODE=Trusted",
                                     JWKS_PROGRAM,   "serve-auth",
                                     "--listen",     "127.0.0.1:0",
                                     "--from-env"};
    if (!prefix.empty()) command.insert(command.end(), {"--env-prefix", prefix});
    BackgroundProgram program(command);
    CHECK(program.wait() == 2);
    CHECK(program.out().empty());
    CAPTURE(program.err());
    CHECK(holds(program.err(), "[" + prefix + "AUTH_MODE]: trusted is for services behind"));
  }
}

/// Publishes the keys of an issuer, each time when it is told to.
class SlowKeySet {
 public:
  explicit SlowKeySet(const Emulator& issuer) : issuer_(issuer) {}
  ~SlowKeySet() { publish(1000); }
  SlowKeySet(const SlowKeySet&) = delete;
  SlowKeySet& operator=(const SlowKeySet&) = delete;

  void publish(std::ptrdiff_t times = 1) { allowed_.release(times); }
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + "/jwks.json";
  }

 private:
  void serve(int socket) {
    char request[4096];
    if (::recv(socket, request, sizeof request, 0) <= 0) return;
    allowed_.acquire();
    const std::string keys = issuer_.jwks();
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        "Content-Length: " +
        std::to_string(keys.size()) + "\r\n\r\n" + keys;
    static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL));
  }

  const Emulator& issuer_;
  std::counting_semaphore<> allowed_{0};
  LoopbackServer server_{[this](int socket) { serve(socket); }};
};

TEST_CASE("an answer that waits for keys when serve-auth is to end arrives") {
  const World world;
  SlowKeySet keys(world.issuer);
  keys.publish();
  ServeAuth auth(tokens_of(world.issuer, {"--jwks-uri", keys.url()}));
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
  take_nothing(world.issuer.rotate_keys(Rotation::hard));
  Connection waiting(auth.port());
  waiting.send("GET /auth HTTP/1.1\r\nHost: a\r\n" + bearer(world.token()) + "\r\n");
  REQUIRE(eventually([&] { return waits_for(auth, world, 1); }));

  auth.program().send(SIGTERM);
  REQUIRE(eventually([&] { return !Connection(auth.port()).connected(); }));
  keys.publish();
  const Reply reply = waiting.receive();
  CHECK(reply.status == 200);
  CHECK(auth.program().wait() == 0);
}

TEST_CASE("serve-auth ends although an answer waits for keys") {
  const World world;
  ServeAuth auth(tokens_of(world.issuer));
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
  take(world.issuer.add_fault({.kind = FaultKind::stall_headers}));
  const std::string unknown = world.token({.header = {{"kid", R"("new")"}}});
  Connection waiting(auth.port());
  waiting.send("GET /auth HTTP/1.1\r\nHost: a\r\n" + bearer(unknown) + "\r\n");
  REQUIRE(eventually([&] { return waits_for(auth, world, 1); }));
  auth.program().send(SIGTERM);
  CHECK(auth.program().wait() == 0);
  const int status = waiting.receive().status;
  CHECK((status == 0 || status == 503));
}

// --- connections ------------------------------------------------------------------------------

TEST_CASE("one connection brings many requests, also before they are answered") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  Connection connection(auth.port());
  const std::string good = "GET /auth HTTP/1.1\r\nHost: a\r\n" + bearer(world.token()) + "\r\n";
  const std::string anonymous = "GET /auth HTTP/1.1\r\nHost: a\r\n\r\n";
  connection.send(good + anonymous + good);
  CHECK(connection.receive().status == 200);
  CHECK(connection.receive().status == 401);
  CHECK(connection.receive().status == 200);
  connection.send("HEAD /auth HTTP/1.1\r\nHost: a\r\n\r\n" + good);
  CHECK(connection.receive(true).status == 401);
  CHECK(connection.receive().status == 200);
  connection.send("GET /auth HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(connection.receive().status == 401);
  connection.wait_for_close();
}

TEST_CASE("a body is not read, and nothing of it becomes a request") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  const std::string smuggled = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string& framing :
       {"Content-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n",
        std::string("Content-Length: 100000000000\r\n\r\n"),
        std::string("Transfer-Encoding: chunked\r\n\r\n")}) {
    Connection connection(auth.port());
    connection.send("POST /auth HTTP/1.1\r\nHost: a\r\n" + bearer(world.token()) + framing +
                    smuggled);
    const Reply reply = connection.receive();
    CHECK(reply.status == 200);
    CHECK(field(reply.head, "Connection") == "close");
    CHECK(connection.receive_all().empty());
  }
}

TEST_CASE("what is no request is refused") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  const std::pair<std::string, int> cases[] = {
      {"HELLO\r\n\r\n", 400},
      {"GET /auth HTTP/1.1\r\n\r\n", 400},
      {"GET /auth HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /auth HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
       400},
      {"GET /auth HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"CONNECT /ext_authz/x HTTP/1.1\r\nHost: a\r\n" + bearer(world.token()) + "\r\n", 405},
      {"GET /auth HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", 431}};
  for (const auto& [bytes, status] : cases) {
    CAPTURE(bytes.substr(0, 80));
    Connection connection(auth.port());
    connection.send(bytes);
    CHECK(connection.receive().status == status);
    connection.wait_for_close();
  }
  CHECK(auth.report("/healthz").status == 200);
}

TEST_CASE("connections that say nothing, or half of a request, stop nobody") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer, {"--threads", "1"}));
  std::list<Connection> silent;
  for (int i = 0; i < 100; ++i) {
    silent.emplace_back(auth.port()).send(i % 2 == 0 ? "" : "GET /auth HTTP/1.1\r\nHost:");
  }
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
}

TEST_CASE("a connection that asks nothing is closed") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer, {"--first-request-ms", "50"}));
  for (const std::uint16_t port : {auth.port(), auth.status_port()}) {
    Connection(port).wait_for_close();
  }
}

TEST_CASE("serve-auth takes as many descriptors as it may, and leaves some free") {
  const World world;
  std::vector<std::string> command{
      "/bin/sh",  "-c",         "ulimit -Sn 20 && ulimit -Hn 130 && exec \"$@\"",
      "sh",       JWKS_PROGRAM, "serve-auth",
      "--listen", "127.0.0.1:0"};
  for (const std::string& word : tokens_of(world.issuer)) command.push_back(word);
  BackgroundProgram program(command);
  constexpr std::string_view kReady = "listening on http://127.0.0.1:";
  REQUIRE(eventually([&] { return holds(program.out(), "\n"); }));
  const auto port = static_cast<std::uint16_t>(
      std::stoi(program.out().substr(program.out().find(kReady) + kReady.size())));
  const std::string asked = "GET /ext_authz HTTP/1.1\r\nHost: a\r\n\r\n";
  std::list<Connection> open;
  for (int i = 0; i < 66; ++i) {
    open.emplace_back(port).send(asked);
    CHECK(open.back().receive().status == 401);
  }
  // More wait; keys can still be fetched for those that are there.
  std::list<Connection> waiting;
  for (int i = 0; i < 70; ++i) waiting.emplace_back(port).send(asked);
  open.back().send("GET /auth HTTP/1.1\r\nHost: a\r\n" + bearer(world.token()) + "\r\n");
  CHECK(open.back().receive().status == 200);
  open.clear();
  CHECK(waiting.front().receive().status == 401);
}

TEST_CASE("no thread waits for keys") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer, {"--threads", "1"}));
  const std::string known = bearer(world.token());
  CHECK(auth.status("/auth", known) == 200);
  take(world.issuer.add_fault({.kind = FaultKind::stall_headers}));
  std::list<Connection> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.emplace_back(auth.port())
        .send("GET /auth HTTP/1.1\r\nHost: a\r\n" +
              bearer(world.token({.header = {{"kid", R"("new")"}}})) + "\r\n");
  }
  REQUIRE(eventually([&] { return waits_for(auth, world, 8); }));
  CHECK(auth.status("/auth", known) == 200);
  // Nobody can tell whose key it is.
  for (Connection& connection : waiting) CHECK(connection.receive().status == 503);
}

TEST_CASE("several threads answer many clients at once") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer, {"--threads", "4"}));
  const std::string good = "GET /auth HTTP/1.1\r\nHost: a\r\n" + bearer(world.token()) + "\r\n";
  std::vector<int> accepted(8);
  std::vector<std::thread> clients;
  for (int& count : accepted) {
    clients.emplace_back([&count, &good, &auth] {
      Connection connection(auth.port());
      for (int i = 0; i < 50; ++i) {
        connection.send(good);
        count += connection.receive().status == 200 ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(accepted == std::vector<int>(8, 50));
}

// --- keys, health, metrics --------------------------------------------------------------------

TEST_CASE("serve-auth serves at once, and says 503 until it has keys") {
  const World world;
  const std::string token = world.token();
  world.issuer.stop();
  const ServeAuth auth(tokens_of(world.issuer));
  CHECK(auth.report("/healthz").status == 200);
  CHECK(auth.report("/readyz").status == 503);
  CHECK(auth.status("/auth") == 401);
  const Reply unavailable = auth.ask("/auth", bearer(token));
  CHECK(unavailable.status == 503);
  CHECK(std::stoi(field(unavailable.head, "Retry-After")) > 0);
  CHECK(field(unavailable.head, "WWW-Authenticate") == "(none)");
  CHECK(unavailable.body.empty());

  take_nothing(world.issuer.restart());
  CHECK(eventually([&] { return auth.report("/readyz").status == 200; }));
  CHECK(auth.status("/auth", bearer(token)) == 200);
}

TEST_CASE("a rotation is met by one request for keys, and an outage by the keys that are held") {
  const World world;
  take_nothing(world.verifier.warm_up(std::chrono::seconds(30)));  // the other client
  const ServeAuth auth(tokens_of(world.issuer));
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
  const std::size_t before = world.jwks_requests();
  take_nothing(world.issuer.rotate_keys(Rotation::hard));
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
  CHECK(world.jwks_requests() == before + 1);
  const std::string known = world.token();
  world.issuer.stop();
  CHECK(auth.status("/auth", bearer(known)) == 200);
}

TEST_CASE("health and metrics are for GET and HEAD, and for the process") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  CHECK(auth.status("/auth", bearer(world.token())) == 200);
  CHECK(auth.report("/healthz").body == "ok\n");
  CHECK(auth.report("/readyz").body == "healthy\n");
  const Reply metrics = auth.report("/metrics");
  CHECK(metrics.status == 200);
  CHECK(holds(metrics.head, "Content-Type: application/openmetrics-text; version=1.0.0"));
  CHECK(holds(metrics.body, "result=\"accepted\"} 1\n"));
  CHECK(metrics.body.ends_with("# EOF\n"));
  for (const char* const path : {"/healthz", "/readyz", "/metrics"}) {
    const Reply refused = post(auth.status_port(), path, "text/plain", "");
    CHECK(refused.status == 405);
    CHECK(field(refused.head, "Allow") == "GET, HEAD");
    // Where a proxy asks it could be a client's path, and let everybody pass.
    CHECK(auth.status(path) == 404);
    CHECK(auth.status(path, bearer(world.token())) == 404);
    Connection connection(auth.status_port());
    connection.send("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(connection.receive(true).status == 200);
  }
}

TEST_CASE("nobody is let in, and no page is there, where the status is told") {
  const World world;
  const ServeAuth auth(tokens_of(world.issuer));
  for (const char* const path : {"/auth", "/ext_authz", "/ext_authz/healthz", "/", "/healthz/"}) {
    CAPTURE(path);
    CHECK(get(auth.status_port(), path, bearer(world.token())).status == 404);
  }
}

TEST_CASE("serve-auth has the rules of jwks verify for tokens") {
  const World world;
  const auto status_with = [&](std::vector<std::string> rules) {
    ServeAuth auth(tokens_of(world.issuer, std::move(rules)));
    return auth.status("/auth", bearer(world.token()));
  };
  CHECK(status_with({"--type", "at+jwt"}) == 200);
  CHECK(status_with({"--type", "secevent+jwt"}) == 401);
  CHECK(status_with({"--profile", "access_token"}) == 200);
  CHECK(status_with({"--profile", "id_token"}) == 401);
  CHECK(status_with({"--required-claims", "sub"}) == 200);
  CHECK(status_with({"--required-claims", "sub,tenant"}) == 401);
  CHECK(status_with({"--max-token-age", "3600"}) == 200);
}

TEST_CASE("keys from a file need no issuer to be reached") {
  const World world;
  const TemporaryFile keys(world.issuer.jwks());
  const ServeAuth auth({"--jwks", keys.path(), "--issuer", world.issuer.issuer(), "--audience",
                        std::string(kAudience)});
  const std::string token = world.token();
  world.issuer.stop();
  CHECK(auth.status("/auth", bearer(token)) == 200);
  CHECK(auth.report("/readyz").status == 200);
}

}  // namespace
