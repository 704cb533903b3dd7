// The emulator under load from eight connections that ask for everything at once, while others
// stall and never read: no request is lost, nothing piles up, and a signal ends it soon.
//
// JWKS_LOAD_SECONDS says how long it goes on (default 2).

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "jwks/emulator.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "unit/emulator/http/http_client.hpp"

extern char** environ;

namespace {

using jwks::emulator::ApplicationType;
using jwks::emulator::Emulator;
using jwks::emulator::EmulatorOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using test::Connection;
using test::Reply;

constexpr int kConnections = 8;
constexpr int kIdlers = 4;  // of each kind: more than the server has threads
[[maybe_unused]] constexpr seconds kEndsWithin{2};

seconds duration() {
  const char* const text = std::getenv("JWKS_LOAD_SECONDS");
  return seconds(text == nullptr ? 2 : std::atoi(text));
}

EmulatorOptions options() {
  return {.keys = {{.algorithm = jwks::Algorithm::es256}, {.algorithm = jwks::Algorithm::eddsa}},
          .organizations = {{.name = "Acme", .id = "org_acme"}},
          .applications = {{.name = "worker",
                            .client_id = "client_worker",
                            .client_secret = "worker-secret",
                            .organization = "Acme",
                            .audience = "orders-api",
                            .scopes = {"orders:read"}}}};
}

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
         "Authorization: Bearer sk_test_default\r\n\r\n";
}

std::string post(const std::string& path, const std::string& type, const std::string& body) {
  return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
         "Authorization: Bearer sk_test_default\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A request, and what the answer holds if it is the right one.
struct Exchange {
  std::string path;
  std::string request;
  int status;
  std::string within;
};

std::vector<Exchange> exchanges(const std::string& key_id) {
  const std::string form = "application/x-www-form-urlencoded";
  std::string token = post("/oauth2/token", form,
                           "grant_type=client_credentials&client_id=client_worker"
                           "&client_secret=worker-secret");
  const std::string bearer = "Authorization: Bearer sk_test_default\r\n";
  token.erase(token.find(bearer), bearer.size());  // one way to authenticate is enough
  return {
      {"/.well-known/jwks.json", get("/.well-known/jwks.json"), 200, key_id},
      {"/oauth2/token", token, 200, "\"access_token\""},
      {"/.well-known/openid-configuration", get("/.well-known/openid-configuration"), 200,
       "\"jwks_uri\""},
      {"/organizations", get("/organizations?limit=5"), 200, "org_acme"},
      {"/connect/applications", get("/connect/applications"), 200, "client_worker"},
      {"/api_keys/validations",
       post("/api_keys/validations", "application/json", R"({"value":"sk_unknown"})"), 200, "null"},
      {"/nowhere", get("/nowhere"), 404, "not_found"},
  };
}

/// What eight clients do, and what came of it.
class Load {
 public:
  explicit Load(std::uint16_t port, std::vector<Exchange> all)
      : port_(port), exchanges_(std::move(all)), answered_(exchanges_.size()) {
    for (int i = 0; i < kConnections; ++i) {
      threads_.emplace_back([this, i] { work(static_cast<std::size_t>(i)); });
    }
  }
  void stop() {
    stop_ = true;
    threads_.clear();
  }

  [[nodiscard]] std::uint64_t answered(std::size_t which) const { return answered_[which]; }
  [[nodiscard]] std::uint64_t answered() const {
    std::uint64_t sum = 0;
    for (const auto& each : answered_) sum += each;
    return sum;
  }
  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] bool all_are_answered() const {
    for (const auto& each : answered_) {
      if (each == 0) return false;
    }
    return true;
  }

 private:
  /// On one connection, until it is told to stop or the connection ends.
  void work(std::size_t first) {
    Connection connection(port_);
    for (std::size_t i = first; !stop_; ++i) {
      const std::size_t which = i % exchanges_.size();
      const Exchange& exchange = exchanges_[which];
      connection.send(exchange.request);
      const Reply reply = connection.receive();
      if (reply.status == 0) {
        ++lost_;
        return;
      }
      ++answered_[which];
      if (reply.status != exchange.status ||
          reply.body.find(exchange.within) == std::string::npos) {
        ++wrong_;
      }
    }
  }

  const std::uint16_t port_;
  const std::vector<Exchange> exchanges_;
  std::vector<std::atomic<std::uint64_t>> answered_;
  std::atomic<std::uint64_t> wrong_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::jthread> threads_{};
};

/// Clients that hold their connections without doing their part.
class Idlers {
 public:
  explicit Idlers(std::uint16_t port) {
    for (int i = 0; i < kIdlers; ++i) {
      stalled_.push_back(std::make_unique<Connection>(port));
      stalled_.back()->send("POST /oauth2/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le");
      deaf_.emplace_back(port);
    }
  }

 private:
  /// Asks without an end and reads nothing, until neither side's buffers take any more.
  struct Deaf {
    explicit Deaf(std::uint16_t port) : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(port);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
      ::fcntl(socket, F_SETFL, O_NONBLOCK);
      const std::string request = get("/oauth2/jwks");
      std::string many;
      for (int i = 0; i < 100; ++i) many += request;
      // Enough that the server can't have answered all of it into the buffers of the kernel.
      std::size_t left = std::size_t{8} * 1024 * 1024;
      while (left > 0) {
        const ssize_t sent = ::send(socket, many.data(), std::min(many.size(), left), MSG_NOSIGNAL);
        if (sent <= 0) break;
        left -= static_cast<std::size_t>(sent);
      }
    }
    Deaf(Deaf&& other) noexcept : socket(std::exchange(other.socket, -1)) {}
    ~Deaf() {
      if (socket >= 0) ::close(socket);
    }
    int socket;
  };

  std::vector<std::unique_ptr<Connection>> stalled_{};
  std::vector<Deaf> deaf_{};
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* const folder = ::opendir("/proc/self/fd");
  REQUIRE(folder != nullptr);
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

/// What malloc has given out. Sanitizers have another malloc, and LeakSanitizer of their own.
std::size_t allocated_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

/// Waits while the load goes on; that time passes is what is wanted here.
void let_run(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

Emulator started() {
  auto emulator = Emulator::start(options());
  if (!emulator) FAIL(emulator.error().message());
  return std::move(emulator).value();
}

}  // namespace

TEST_CASE("eight connections lose no request while others stall, and nothing piles up",
          "[emulator]") {
  const Emulator emulator = started();
  const std::size_t descriptors_before = open_descriptors();
  const std::vector<Exchange> all = exchanges(emulator.key_id(jwks::Algorithm::es256));
  {
    const Idlers idlers(emulator.port());
    Load load(emulator.port(), all);
    let_run(duration() / 2);
    const std::size_t descriptors = open_descriptors();
    const std::size_t memory = allocated_bytes();
    let_run(duration() / 2);
    const std::size_t memory_later = allocated_bytes();
    CHECK(open_descriptors() <= descriptors);  // less where it has given up on who stalls
    load.stop();

    CHECK(load.wrong() == 0);
    CHECK(load.lost() == 0);
    CHECK(load.all_are_answered());
    for (std::size_t i = 0; i < all.size(); ++i) {
      CAPTURE(all[i].path);
      CHECK(emulator.requests(all[i].path) == load.answered(i));
    }
    // Tokens are remembered up to a limit, and the journal is a ring: both are full by then or
    // grow by what these are.
    CHECK(memory_later < memory + std::size_t{16} * 1024 * 1024);
    INFO(load.answered() << " requests");
    CHECK(emulator.journal().size() <= 1000);
  }
  // The other side's ends of what we closed.
  CHECK(test::eventually([&] { return open_descriptors() == descriptors_before; }));
}

#ifdef JWKS_EMULATOR_PROGRAM

namespace {

/// The program on a free port, and its first line of output.
class Program {
 public:
  Program() {
    std::array<int, 2> out{};
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::array<std::string, 4> words = {JWKS_EMULATOR_PROGRAM, "--port", "0", "--json"};
    std::array<char*, 5> argv{};
    for (std::size_t i = 0; i < words.size(); ++i) argv[i] = words[i].data();
    const int failed = ::posix_spawn(&child_, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    REQUIRE(failed == 0);
    char c = 0;
    while (::read(out[0], &c, 1) == 1 && c != '\n') line_ += c;
    ::close(out[0]);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  [[nodiscard]] std::uint16_t port() const {
    const auto at = line_.find("\"port\":");
    REQUIRE(at != std::string::npos);
    return static_cast<std::uint16_t>(std::atoi(line_.c_str() + at + 7));
  }
  /// Signals it and waits for its end, for two seconds: the exit status, or -1.
  int terminate() {
    const auto deadline = steady_clock::now() + kEndsWithin;
    ::kill(child_, SIGTERM);
    int status = 0;
    while (::waitpid(child_, &status, WNOHANG) == 0) {
      if (steady_clock::now() > deadline) return -1;
      std::this_thread::sleep_for(milliseconds(5));
    }
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t child_ = 0;
  std::string line_;
};

}  // namespace

TEST_CASE("SIGTERM amid load and stalled clients ends the program within two seconds",
          "[emulator]") {
  Program program;
  const Idlers idlers(program.port());
  Load load(program.port(),
            {{"/health", get("/health"), 200, "ok"},
             {"/.well-known/jwks.json", get("/.well-known/jwks.json"), 200, "\"keys\""}});
  REQUIRE(test::eventually([&] { return load.answered() > 1000; }));
  CHECK(program.terminate() == 0);
  load.stop();  // every client has noticed
  CHECK(load.lost() == kConnections);
  CHECK(load.wrong() == 0);
}

#endif
