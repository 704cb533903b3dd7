#pragma once

// `Server`: HTTP/1.1 on one port, for the proxies that ask a gate.
//
// Connections are read and written asynchronously on a few threads, under limits of size and time,
// so that one which stalls costs a socket and stops nobody else. Their number is bounded; more wait
// in the backlog.
//
// Threading: its members are called by one thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "cli/serve/gate.hpp"
#include "jwks/result.hpp"

namespace jwks::cli {

struct ListenAddress {
  std::string host{};      ///< without brackets
  std::uint16_t port = 0;  ///< 0: a free one
};

class Server {
 public:
  /// Binds the address, and serves with so many threads. *Failure:* `bad_config` that says which
  /// address, and why not.
  [[nodiscard]] static Result<Server> start(const ListenAddress& address, unsigned threads,
                                            std::unique_ptr<Gate> gate);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  /// Of the bound socket: "http://127.0.0.1:9180".
  [[nodiscard]] std::string url() const;

  /// Accepts nothing more, and ends the connections: those that are being answered when they are,
  /// but for `grace` at most. The gate is closed on return.
  void stop(std::chrono::milliseconds grace);

 private:
  class State;
  explicit Server(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace jwks::cli
