#include "cli/serve/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "cli/serve/asio.hpp"
#include "cli/serve/listener.hpp"
#include "cli/serve/pending.hpp"
#include "cli/serve/session.hpp"

namespace jwks::cli {
namespace {

/// After there was no memory: others need a moment to give some back.
constexpr std::chrono::milliseconds kPause{20};
/// File descriptors that connections leave to the rest: fetching keys, the audit log, the status.
constexpr std::size_t kReserve = 64;
/// Of them, those of the status.
constexpr std::size_t kMostForStatus = 16;

/// Takes as many file descriptors as are to be had, and says how many connections that makes.
std::size_t most_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kReserve;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  return limit.rlim_cur > 2 * kReserve ? limit.rlim_cur - kReserve
                                       : std::max<std::size_t>(limit.rlim_cur / 2, 1);
}

/// What one thread runs, until its guard is gone and nothing is left to do.
struct Loop {
  asio::io_context io{1};
  std::optional<asio::executor_work_guard<Executor>> guard{io.get_executor()};
};

}  // namespace

class Server::State {
 public:
  State(const ServerOptions& options, std::unique_ptr<Gate> gate);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { end(); }

  [[nodiscard]] Result<void> listen(const ServerOptions& options);
  [[nodiscard]] Result<void> run();
  void stop(std::chrono::milliseconds grace);
  [[nodiscard]] std::string url() const { return decisions_.url(); }
  [[nodiscard]] std::string status_url() const { return status_.url(); }

 private:
  [[nodiscard]] std::deque<asio::io_context*> serving();
  void run_accepting();
  void close();
  void end();

  std::unique_ptr<Gate> gate_;
  // In this order: destroying an io_context destroys sessions, which refer to what is above it, and
  // the accepting one holds sockets of the others.
  SessionTerms decision_terms_;
  SessionTerms status_terms_;
  std::deque<Loop> loops_;  ///< one for each thread that asks the gate
  Loop accepting_{};        ///< this one does not wait for tokens; it serves the status as well
  Listener decisions_;
  Listener status_;
  Pending running_{};
  std::vector<std::thread> threads_{};
};

Server::State::State(const ServerOptions& options, std::unique_ptr<Gate> gate)
    : gate_(std::move(gate)),
      decision_terms_([this](const ProxyRequest& request,
                             AnswerCallback done) { gate_->answer(request, std::move(done)); },
                      most_connections(), options.first_request),
      status_terms_([this](const ProxyRequest& request,
                           const AnswerCallback& done) { done(gate_->report(request)); },
                    kMostForStatus, options.first_request),
      loops_(options.threads),
      decisions_(accepting_.io, serving(), decision_terms_),
      status_(accepting_.io, {&accepting_.io}, status_terms_) {}

std::deque<asio::io_context*> Server::State::serving() {
  std::deque<asio::io_context*> all;
  for (Loop& loop : loops_) all.push_back(&loop.io);
  return all;
}

Result<void> Server::State::listen(const ServerOptions& options) {
  if (auto bound = decisions_.listen(options.listen, "--listen"); !bound) return bound;
  if (!options.status) return {};
  return status_.listen(*options.status, "--status");
}

Result<void> Server::State::run() {
  try {
    for (Loop& loop : loops_) {
      threads_.emplace_back([&loop, ticket = running_.ticket()] {
        for (;;) {
          try {
            loop.io.run();
            break;
          } catch (const std::exception&) {
            // No memory, most likely: it cost the connection that asked for it, and no other.
            std::this_thread::sleep_for(kPause);
          }
        }
      });
    }
    threads_.emplace_back([this, ticket = running_.ticket()] { run_accepting(); });
  } catch (const std::system_error&) {
    return Error(ErrorCode::bad_config).about("--threads").because("can't start so many");
  }
  return {};
}

void Server::State::run_accepting() {
  for (;;) {
    try {
      decisions_.keep_accepting();
      status_.keep_accepting();
      accepting_.io.run();
      break;
    } catch (const std::exception&) {
      // As above; whatever it ended, the next connection is accepted all the same.
      std::this_thread::sleep_for(kPause);
    }
  }
}

void Server::State::close() {
  decisions_.close();
  status_.close();
  for (Loop& loop : loops_) loop.guard.reset();
  accepting_.guard.reset();
}

void Server::State::stop(std::chrono::milliseconds grace) {
  try {
    asio::post(accepting_.io, [this] { close(); });
    // The threads end when there is nothing left to do.
    static_cast<void>(running_.wait_for_none(grace));
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): no memory, no grace
  }
  end();
}

void Server::State::end() {
  if (!gate_) return;
  for (Loop& loop : loops_) loop.io.stop();
  accepting_.io.stop();
  for (std::thread& thread : threads_) thread.join();
  // Now nobody asks any more. What has been asked is answered into the void.
  gate_->close();
  decision_terms_.answers.wait_for_none();
  gate_.reset();
}

Server::Server(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::start(const ServerOptions& options, std::unique_ptr<Gate> gate) {
  auto state = std::make_unique<State>(options, std::move(gate));
  if (const auto bound = state->listen(options); !bound) return bound.error();
  if (const auto running = state->run(); !running) return running.error();
  return Server(std::move(state));
}

std::string Server::url() const { return state_->url(); }
std::string Server::status_url() const { return state_->status_url(); }
void Server::stop(std::chrono::milliseconds grace) { state_->stop(grace); }

}  // namespace jwks::cli
