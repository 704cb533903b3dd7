#pragma once

// `Session`: one connection, from its greeting to its end. It reads a request, has it answered, and
// sends the answer as its `Delivery` says, again and again.
//
// Lifetime: as long as an operation on its socket, or a pause, is pending. Threading: it runs on a
// strand of its own; `run`, `finish` and `abort` may be called from any thread.

#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "emulator/http/asio.hpp"
#include "emulator/http/connections.hpp"
#include "emulator/http/delivery.hpp"
#include "emulator/http/http_server.hpp"
#include "emulator/http/tls_identity.hpp"
#include "emulator/http/wire.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What the connections of a server have in common. Outlives them.
struct SessionTerms {
  HttpLimits limits{};
  HttpHandlers handlers{};
  std::shared_ptr<const TlsIdentity> tls{};  ///< null: without TLS
  Connections connections{};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket&& socket, SessionTerms& terms);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run(ConnectionFault fault);
  /// Ends once the request that is being answered is; at once if there is none.
  void finish();
  void abort();

 private:
  void greet(ConnectionFault fault);

  void read();
  void on_header(error_code error);
  void read_body(error_code error);
  void on_read(error_code error);
  void refuse(int status, std::string_view error, std::string_view message);

  void answer();
  void deliver(HttpResponse&& response, const DeliveryTerms& terms);
  /// Sends what stays where it is until `then` is called.
  void send(std::string_view bytes, void (Session::*then)());
  void send_blocks();
  void drip(std::size_t from);
  void pause_before(std::size_t from);
  void conclude();

  void stall();
  void reset();
  void close();
  void close_socket();
  void close_at_once();
  void drain();

  Wire wire_;
  asio::steady_timer pause_;
  SessionTerms& terms_;
  std::uint64_t id_ = 0;  ///< in `Connections`
  bool from_loopback_ = false;

  beast::flat_buffer buffer_{};
  std::array<char, 4096> scratch_{};  ///< for what is read and dropped
  std::optional<beast::http::request_parser<beast::http::string_body>> parser_{};
  Delivery delivery_{};
  bool is_answering_ = false;  ///< an answer is being sent, or was and the connection is closing
  bool is_finishing_ = false;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
