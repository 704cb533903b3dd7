#include "cli/serve/listener.hpp"

#include <chrono>
#include <sstream>
#include <utility>

#include "cli/serve/server.hpp"

namespace jwks::cli {
namespace {

/// Between tries to accept, when that can't be done.
constexpr std::chrono::milliseconds kRetryPause{20};

}  // namespace

Listener::Listener(asio::io_context& io, std::deque<asio::io_context*> serving, SessionTerms& terms)
    : serving_(std::move(serving)), terms_(terms), acceptor_(io), retry_(io) {}

Result<void> Listener::listen(const ListenAddress& address, std::string_view option) {
  const std::string wanted = address.host + " port " + std::to_string(address.port);
  const auto refused = [&](const std::string& why) {
    return Error(ErrorCode::bad_config).about(option).because(wanted + ": " + why);
  };
  error_code error;
  asio::io_context resolving;
  tcp::resolver resolver(resolving);
  const auto found =
      resolver.resolve(address.host, std::to_string(address.port),
                       tcp::resolver::numeric_service | tcp::resolver::passive, error);
  if (error || found.empty()) return refused("can't resolve this host");
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_.open(endpoint.protocol(), error);
  // Else a restart would have to wait for old connections to leave TIME_WAIT.
  if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(Acceptor::max_listen_connections, error);
  if (!error) endpoint_ = acceptor_.local_endpoint(error);
  if (error) return refused(error.message());
  return {};
}

std::string Listener::url() const {
  std::ostringstream text;
  text << "http://" << endpoint_;
  return text.str();
}

void Listener::keep_accepting() {
  if (!acceptor_.is_open() || !pending_.expired()) return;
  // Out of file descriptors, most likely: to try again at once would only burn a processor.
  if (std::exchange(has_failed_, false) || terms_.connections.full()) return wait();
  auto turn = std::make_shared<const bool>(true);
  pending_ = turn;
  next_ = (next_ + 1) % serving_.size();
  acceptor_.async_accept(*serving_[next_],
                         [this, turn = std::move(turn)](error_code error, Socket socket) mutable {
                           turn.reset();
                           on_accept(error, std::move(socket));
                         });
}

void Listener::on_accept(error_code error, Socket&& socket) {
  if (!acceptor_.is_open()) return;
  has_failed_ = static_cast<bool>(error);
  if (!error) std::make_shared<Session>(std::move(socket), terms_)->run();
  keep_accepting();
}

void Listener::wait() {
  auto turn = std::make_shared<const bool>(true);
  pending_ = turn;
  retry_.expires_after(kRetryPause);
  retry_.async_wait([this, turn = std::move(turn)](error_code) mutable {
    turn.reset();
    keep_accepting();
  });
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  terms_.connections.finish_all();
}

}  // namespace jwks::cli
