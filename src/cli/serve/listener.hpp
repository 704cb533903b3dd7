#pragma once

// `Listener`: accepts the connections of one port and spreads them over the threads that serve.
//
// Threading: its members are called by the thread that runs its io_context, or before there is one.

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "cli/serve/asio.hpp"
#include "cli/serve/session.hpp"
#include "jwks/result.hpp"

namespace jwks::cli {

struct ListenAddress;

class Listener {
 public:
  /// `serving`: where its connections live, in turn; at least one.
  Listener(asio::io_context& io, std::deque<asio::io_context*> serving, SessionTerms& terms);

  /// Binds the address. *Failure:* `bad_config` about `option`.
  [[nodiscard]] Result<void> listen(const ListenAddress& address, std::string_view option);
  /// Accepts the next connection, unless it waits for one already. To be called again after
  /// whatever an exception has ended: what was pending may be gone. *Failure:* std::bad_alloc.
  void keep_accepting();
  void close();
  [[nodiscard]] std::string url() const;

 private:
  void on_accept(error_code error, Socket&& socket);
  void wait();

  std::deque<asio::io_context*> serving_;
  SessionTerms& terms_;
  Acceptor acceptor_;
  Timer retry_;
  tcp::endpoint endpoint_{};
  std::weak_ptr<const bool> pending_{};  ///< there while an operation is
  bool has_failed_ = false;              ///< to accept
  std::size_t next_ = 0;
};

}  // namespace jwks::cli
