#pragma once

// `Server`: HTTP/1.1 for the proxies that ask a gate, and on a port of its own for those who run
// it.
//
// Connections are read and written asynchronously on a few threads, under limits of size and time,
// so that one which stalls costs a socket and stops nobody else. Their number is bounded; more wait
// in the backlog.
//
// Threading: its members are called by one thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cli/serve/gate.hpp"
#include "jwks/result.hpp"

namespace jwks::cli {

struct ListenAddress {
  std::string host{};      ///< without brackets
  std::uint16_t port = 0;  ///< 0: a free one
};

struct ServerOptions {
  ListenAddress listen{};
  std::optional<ListenAddress> status{};  ///< of health and metrics; empty: nowhere
  unsigned threads = 2;                   ///< that ask the gate
  /// How long a new connection may take until it asks something.
  std::chrono::milliseconds first_request = std::chrono::seconds(10);
};

class Server {
 public:
  /// Binds the addresses, and serves. *Failure:* `bad_config` that says which
  /// address, and why not.
  [[nodiscard]] static Result<Server> start(const ServerOptions& options,
                                            std::unique_ptr<Gate> gate);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  /// Of the bound socket: "http://127.0.0.1:9180".
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::string status_url() const;

  /// Accepts nothing more, and ends the connections: those that are being answered when they are,
  /// but for `grace` at most. The gate is closed on return.
  void stop(std::chrono::milliseconds grace);

 private:
  class State;
  explicit Server(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace jwks::cli
