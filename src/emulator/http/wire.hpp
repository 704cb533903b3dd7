#pragma once

// `Wire`: a socket with a deadline, with TLS or without, so that what is sent over it is written
// once.
//
// Threading: as an Asio stream. One read and one write at a time, all on one strand.

#include <openssl/ssl.h>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "emulator/http/asio.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class Wire {
 public:
  using executor_type = beast::tcp_stream::executor_type;

  explicit Wire(tcp::socket&& socket) : tcp_(std::move(socket)) {}

  [[nodiscard]] executor_type get_executor() noexcept { return tcp_.get_executor(); }
  [[nodiscard]] tcp::socket& socket() noexcept { return tcp_.socket(); }
  [[nodiscard]] bool has_tls() const noexcept { return tls_.has_value(); }

  /// Of what is begun from now on. What is not done by then ends with an error, and the connection.
  void expires_after(std::chrono::milliseconds time) { tcp_.expires_after(time); }
  void expires_never() { tcp_.expires_never(); }

  template <class Handler>
  void async_handshake(SSL_CTX* context, Handler&& handler) {
    SSL_CTX_up_ref(context);  // the wrapper frees it
    asio::ssl::context wrapped(context);
    tls_.emplace(tcp_, wrapped);
    tls_->async_handshake(asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }

  /// Says goodbye in the way of TLS. Only with TLS.
  template <class Handler>
  void async_shutdown(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) {
      tls_->async_read_some(buffers, std::forward<Handler>(handler));
    } else {
      tcp_.async_read_some(buffers, std::forward<Handler>(handler));
    }
  }

  /// Reads what is on the socket, beneath TLS.
  template <class Buffers, class Handler>
  void async_read_raw(const Buffers& buffers, Handler&& handler) {
    tcp_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (tls_) {
      tls_->async_write_some(buffers, std::forward<Handler>(handler));
    } else {
      tcp_.async_write_some(buffers, std::forward<Handler>(handler));
    }
  }

  /// Ends what is pending with an error, and the connection.
  void close() noexcept { tcp_.close(); }

 private:
  beast::tcp_stream tcp_;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_{};
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
