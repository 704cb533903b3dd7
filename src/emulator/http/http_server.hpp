#pragma once

// `HttpServer`: HTTP/1.1 on one port, answered by a function.
//
// A connection is read and written asynchronously on two threads, under limits of size and time, so
// that a client which stalls or floods costs a socket and stops nobody else. The port is bound by
// `bind` and answered from `serve` on; what connects in between waits.
//
// Ownership: the destructor stops. When `stop` returns, the port is closed, so is every connection,
// and no call of the handler is running. Threading: the handler is called from two threads at once;
// the members of this class from one thread at a time, which is none of the handler's.

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

/// What to do on this server's connections.
struct HttpHandlers {
  /// Answers a request. One that throws is answered with 500.
  std::function<HttpResponse(HttpRequest)> respond{};
  /// Says what happens to a connection that was just accepted; empty: nothing.
  std::function<ConnectionFault()> greet{};
};

class HttpServer {
 public:
  /// Listens on the first address of `host`; port 0 takes a free one. *Failure:* `bad_config` about
  /// "host" or "port".
  [[nodiscard]] static Result<HttpServer> bind(const std::string& host, std::uint16_t port,
                                               HttpLimits limits = {});
  HttpServer(HttpServer&&) noexcept;
  HttpServer& operator=(HttpServer&&) noexcept;
  ~HttpServer();

  /// Begins to answer. *Failure:* `bad_config` if no thread can be started.
  [[nodiscard]] Result<void> serve(HttpHandlers handlers);
  /// Closes the port and every connection but the caller's, and opens it again after this time.
  /// Requests that are being answered are answered.
  void refuse_for(std::chrono::milliseconds time);
  void stop() noexcept;

  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
