#pragma once

// `HttpServer`: HTTP/1.1 on one port, with TLS or without, answered by a function.
//
// A connection is read and written asynchronously on a few threads, under limits of size and time,
// so that a client which stalls or floods costs a socket and stops nobody else. The number of
// connections is bounded; more wait in the backlog. The port is bound by `bind` and answered from
// `serve` on; what connects in between waits.
//
// Answers may be spoiled (`HttpResponse::fault`): a connection that is stalled, dripped to or fed
// without an end costs a socket too, and lasts until its client leaves, the server stops, or too
// many others of that kind have come after it.
//
// Ownership: the destructor stops. When `stop` returns, the port is closed, so is every connection,
// and no call of a handler is running. Threading: handlers are called from several threads at once,
// and may call `refuse_for`, as any thread may; the other members are called from one thread at a
// time, which is none of the handlers'.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "emulator/http/http_message.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct HttpLimits {
  std::uint32_t header_bytes = 16 * 1024;    ///< answered with 431
  std::uint64_t body_bytes = 256UL * 1024;   ///< answered with 413
  std::chrono::milliseconds timeout{30000};  ///< to read one request, or to write one response
};

class TlsIdentity;

/// What to do on this server's connections.
struct HttpHandlers {
  /// Answers a request. One that throws is answered with 500.
  std::function<HttpResponse(HttpRequest)> respond{};
  /// Says what happens to a connection that was just accepted; empty: nothing.
  std::function<ConnectionFault()> greet{};
};

class HttpServer {
 public:
  /// Listens on the first address of `host`; port 0 takes a free one. With `tls` it speaks nothing
  /// else. *Failure:* `bad_config` about "host" or "port".
  [[nodiscard]] static Result<HttpServer> bind(const std::string& host, std::uint16_t port,
                                               HttpLimits limits = {},
                                               std::shared_ptr<const TlsIdentity> tls = {});
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  ~HttpServer();

  /// Begins to answer. *Failure:* `bad_config` if no thread can be started.
  [[nodiscard]] Result<void> serve(HttpHandlers handlers);
  /// Closes the port before it returns, and every connection soon after; opens the port again after
  /// this time, or as soon after that as nobody else holds it. A request that is being answered is
  /// answered first, the caller's among them. While the port is closed: the later end counts.
  void refuse_for(std::chrono::milliseconds time);
  void stop() noexcept;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class State;
  explicit HttpServer(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
