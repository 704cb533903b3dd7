#include "cli/serve/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <exception>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "cli/serve/asio.hpp"
#include "cli/serve/pending.hpp"
#include "cli/serve/session.hpp"

namespace jwks::cli {
namespace {

/// Between tries to accept, when that can't be done.
constexpr std::chrono::milliseconds kRetryPause{20};

Error refused(std::string_view why) {
  return Error(ErrorCode::bad_config).about("--listen").because(why);
}

std::string text_of(const tcp::endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

}  // namespace

class Server::State {
 public:
  State(unsigned threads, std::unique_ptr<Gate> gate)
      : gate_(std::move(gate)), terms_(*gate_), io_(static_cast<int>(threads)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { end(); }

  [[nodiscard]] Result<void> listen(const ListenAddress& address);
  [[nodiscard]] Result<void> run(unsigned threads);
  void stop(std::chrono::milliseconds grace);
  [[nodiscard]] std::string url() const { return "http://" + text_of(endpoint_); }

 private:
  void run_thread();
  void accept();
  void on_accept(error_code error, tcp::socket&& socket);
  void accept_later();
  void close_acceptor();
  void end();

  std::unique_ptr<Gate> gate_;
  // In this order: destroying the io_context destroys the sessions, which refer to what is above
  // it.
  SessionTerms terms_;
  asio::io_context io_;
  asio::strand<asio::io_context::executor_type> strand_{io_.get_executor()};
  // On the strand, once there are threads.
  tcp::acceptor acceptor_{strand_};
  asio::steady_timer retry_{strand_};
  tcp::endpoint endpoint_{};
  Pending running_{};
  std::vector<std::thread> threads_{};
};

Result<void> Server::State::listen(const ListenAddress& address) {
  const std::string wanted = address.host + " port " + std::to_string(address.port);
  error_code error;
  tcp::resolver resolver(io_);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port),
                       tcp::resolver::numeric_service | tcp::resolver::passive, error);
  if (error || found.empty()) return refused(wanted + ": can't resolve this host");
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), error);
  // Else a restart would have to wait for old connections to leave TIME_WAIT.
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) endpoint_ = acceptor_.local_endpoint(error);
  if (error) return refused(wanted + ": " + error.message());
  return {};
}

Result<void> Server::State::run(unsigned threads) {
  accept();
  try {
    while (threads_.size() < threads) {
      threads_.emplace_back([this, ticket = running_.ticket()] { run_thread(); });
    }
  } catch (const std::system_error&) {
    return Error(ErrorCode::bad_config).about("--threads").because("can't start so many");
  }
  return {};
}

void Server::State::run_thread() {
  for (;;) {
    try {
      io_.run();
      break;
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
      // No memory, most likely: it cost the connection that asked for it, and no other.
    }
  }
}

void Server::State::accept() {
  acceptor_.async_accept(asio::make_strand(io_), [this](error_code error, tcp::socket socket) {
    on_accept(error, std::move(socket));
  });
}

void Server::State::on_accept(error_code error, tcp::socket&& socket) {
  if (!acceptor_.is_open()) return;
  if (!error) {
    try {
      std::make_shared<Session>(std::move(socket), terms_)->run();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
      // As in run_thread; the next is to be accepted all the same.
    }
  }
  // Out of file descriptors, most likely: to try again at once would only burn a processor.
  if (error || terms_.connections.full()) return accept_later();
  accept();
}

void Server::State::accept_later() {
  retry_.expires_after(kRetryPause);
  retry_.async_wait([this](error_code) {
    if (!acceptor_.is_open()) return;
    if (terms_.connections.full()) return accept_later();
    accept();
  });
}

void Server::State::close_acceptor() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  terms_.connections.finish_all();
}

void Server::State::stop(std::chrono::milliseconds grace) {
  asio::post(strand_, [this] { close_acceptor(); });
  // The threads end when there is nothing left to do.
  static_cast<void>(running_.wait_for_none(grace));
  end();
}

void Server::State::end() {
  if (!gate_) return;
  io_.stop();
  for (std::thread& thread : threads_) thread.join();
  // Now nobody asks any more. What has been asked is answered into the void.
  gate_->close();
  terms_.answers.wait_for_none();
  gate_.reset();
}

Server::Server(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::start(const ListenAddress& address, unsigned threads,
                             std::unique_ptr<Gate> gate) {
  auto state = std::make_unique<State>(threads, std::move(gate));
  if (const auto bound = state->listen(address); !bound) return bound.error();
  if (const auto running = state->run(threads); !running) return running.error();
  return Server(std::move(state));
}

std::string Server::url() const { return state_->url(); }
void Server::stop(std::chrono::milliseconds grace) { state_->stop(grace); }

}  // namespace jwks::cli
