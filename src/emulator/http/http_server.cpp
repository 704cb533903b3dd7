#include "emulator/http/http_server.hpp"

#include <algorithm>
#include <boost/asio/strand.hpp>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/http/session.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

/// Handlers run on these, and some wait for keys that others look for: seconds for large RSA keys.
/// They wait, they don't compute, so more of them than there are processors cost little and leave
/// some for everyone else. Waiting for clients takes no thread.
constexpr int kThreads = 16;
/// Between tries to accept, or to open the port, when that can't be done.
constexpr std::chrono::milliseconds kRetryPause{20};

Error refused(std::string_view option, std::string_view why) {
  return Error(ErrorCode::bad_config).about(option).because(why);
}

void listen_at(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, error_code& error) {
  acceptor.open(endpoint.protocol(), error);
  // Else a restart on the same port would have to wait for old connections to leave TIME_WAIT.
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
}

}  // namespace

/// The port and the threads. The acceptor and the timer are used under the mutex, by the threads of
/// the server and by callers of `refuse_for`; neither is ever waited for with it.
class HttpServer::State {
 public:
  State(HttpLimits limits, std::shared_ptr<const TlsIdentity> tls) {
    terms_.limits = limits;
    terms_.tls = std::move(tls);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  [[nodiscard]] Result<void> bind(const std::string& host, std::uint16_t port);
  [[nodiscard]] Result<void> serve(HttpHandlers handlers);
  void refuse_for(std::chrono::milliseconds time);
  [[nodiscard]] std::uint16_t port() const noexcept { return endpoint_.port(); }

 private:
  using Steady = std::chrono::steady_clock;

  void run_thread();
  void accept();
  void on_accept(error_code error, tcp::socket&& socket, std::uint64_t opening);
  void start_session(tcp::socket&& socket, std::uint64_t opening);
  void go_on_at(Steady::time_point time);
  void go_on();

  // In this order: destroying the io_context destroys the sessions, which refer to what is above
  // it.
  SessionTerms terms_{};
  asio::io_context io_{kThreads};
  tcp::endpoint endpoint_{};
  std::mutex mutex_{};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  Steady::time_point reopening_{};
  /// Counts closings: what was begun before one is not to be completed after it.
  std::uint64_t opening_ = 0;
  std::vector<std::thread> threads_{};
};

Result<void> HttpServer::State::bind(const std::string& host, std::uint16_t port) {
  error_code error;
  tcp::resolver resolver(io_);
  const auto found = resolver.resolve(
      host, std::to_string(port), tcp::resolver::numeric_service | tcp::resolver::passive, error);
  if (error || found.empty()) return refused("host", "cannot resolve this host");

  listen_at(acceptor_, found.begin()->endpoint(), error);
  if (error == asio::error::address_in_use) {
    return refused("port", "port " + std::to_string(port) + " is in use");
  }
  if (error == asio::error::access_denied) {
    return refused("port", "port " + std::to_string(port) + " needs privileges");
  }
  if (error) return refused("host", "cannot listen on this address: " + error.message());
  endpoint_ = acceptor_.local_endpoint();
  return {};
}

Result<void> HttpServer::State::serve(HttpHandlers handlers) {
  terms_.handlers = std::move(handlers);
  {
    const std::lock_guard lock(mutex_);
    if (acceptor_.is_open()) accept();  // else it is reopened first
  }
  try {
    while (threads_.size() < kThreads) threads_.emplace_back([this] { run_thread(); });
  } catch (const std::system_error&) {
    return refused("host", "cannot start a thread to serve with");
  }
  return {};
}

void HttpServer::State::run_thread() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
      // No memory, most likely: it cost the connection that asked for it, and no other.
    }
  }
}

void HttpServer::State::accept() {
  acceptor_.async_accept(asio::make_strand(io_),
                         [this, opening = opening_](error_code error, tcp::socket socket) {
                           on_accept(error, std::move(socket), opening);
                         });
}

void HttpServer::State::on_accept(error_code error, tcp::socket&& socket, std::uint64_t opening) {
  if (!error) {
    try {
      start_session(std::move(socket), opening);
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
      // As in run_thread; the next is to be accepted all the same.
    }
  }
  const std::lock_guard lock(mutex_);
  if (opening != opening_) return;
  // Out of file descriptors, most likely: to try again at once would only burn a processor.
  if (error || terms_.connections.full()) return go_on_at(Steady::now() + kRetryPause);
  accept();
}

void HttpServer::State::start_session(tcp::socket&& socket, std::uint64_t opening) {
  const ConnectionFault fault =
      terms_.handlers.greet ? terms_.handlers.greet() : ConnectionFault::none;
  const auto session = std::make_shared<Session>(std::move(socket), terms_);
  const std::lock_guard lock(mutex_);
  if (opening == opening_) session->run(fault);
}

void HttpServer::State::go_on_at(Steady::time_point time) {
  timer_.expires_at(time);
  timer_.async_wait([this, opening = opening_](error_code) {
    const std::lock_guard lock(mutex_);
    if (opening == opening_) go_on();
  });
}

void HttpServer::State::go_on() {
  if (!acceptor_.is_open()) {
    error_code error;
    listen_at(acceptor_, endpoint_, error);
    if (error) {
      error_code ignored;
      acceptor_.close(ignored);
      return go_on_at(Steady::now() + kRetryPause);
    }
  }
  if (terms_.connections.full()) return go_on_at(Steady::now() + kRetryPause);
  accept();
}

void HttpServer::State::refuse_for(std::chrono::milliseconds time) {
  {
    const std::lock_guard lock(mutex_);
    ++opening_;
    error_code ignored;
    acceptor_.close(ignored);
    reopening_ = std::max(reopening_, Steady::now() + time);
    go_on_at(reopening_);
  }
  terms_.connections.finish_all();
}

HttpServer::HttpServer(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
HttpServer::HttpServer(HttpServer&&) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&&) noexcept = default;
HttpServer::~HttpServer() = default;

Result<HttpServer> HttpServer::bind(const std::string& host, std::uint16_t port, HttpLimits limits,
                                    std::shared_ptr<const TlsIdentity> tls) {
  auto state = std::make_unique<State>(limits, std::move(tls));
  if (auto bound = state->bind(host, port); !bound) return bound.error();
  return HttpServer(std::move(state));
}

Result<void> HttpServer::serve(HttpHandlers handlers) { return state_->serve(std::move(handlers)); }
void HttpServer::refuse_for(std::chrono::milliseconds time) { state_->refuse_for(time); }
void HttpServer::stop() noexcept { state_.reset(); }
std::uint16_t HttpServer::port() const noexcept { return state_ ? state_->port() : 0; }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
