#pragma once

// `Session`: one connection of a proxy. It reads the header of a request, asks the gate, and sends
// the answer, again and again. Bodies are nobody's business here: after a request with one the
// connection is closed.
//
// Lifetime: as long as an operation on its socket or an answer of the gate is pending. Threading:
// it runs in the thread of its socket's io_context; `run` and `finish` may be called from any
// thread.

#include <array>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "cli/serve/asio.hpp"
#include "cli/serve/connections.hpp"
#include "cli/serve/exchange.hpp"
#include "cli/serve/pending.hpp"

namespace jwks::cli {

/// What the connections of a server have in common. Outlives them.
struct SessionTerms {
  using Answer = std::function<void(const ProxyRequest&, AnswerCallback)>;
  SessionTerms(Answer asked, std::size_t most, std::chrono::milliseconds patience)
      : answer(std::move(asked)), connections(most), first_request(patience) {}
  Answer answer;
  Connections connections;
  std::chrono::milliseconds first_request;  ///< how long a connection may wait for it
  Pending answers{};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket&& socket, SessionTerms& terms);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run();
  /// Ends once the request that is being answered is; at once if there is none.
  void finish();

 private:
  /// What a callback of the gate holds. In this order: the session goes first.
  struct Asked {
    Pending::Ticket ticket;
    std::shared_ptr<Session> session;
  };

  void await_request();
  void read_header();
  void on_header(error_code error);
  void ask();
  static void hand_over(std::shared_ptr<Session> session, ProxyAnswer&& answer);
  void reply(ProxyAnswer&& answer);
  void on_written(error_code error);
  void close();
  void drain();

  Stream stream_;
  SessionTerms& terms_;
  beast::flat_buffer buffer_{};
  std::array<char, 4096> scratch_{};  ///< for what is read and dropped
  std::optional<beast::http::request_parser<beast::http::empty_body>> parser_{};
  beast::http::response<beast::http::string_body> response_{};
  /// Keeps the server's threads while the gate is asked: they have nothing else to wait for.
  std::optional<asio::executor_work_guard<Executor>> asking_{};
  bool is_first_ = true;
  bool keep_alive_ = true;
  bool is_answering_ = false;
  bool is_finishing_ = false;
};

}  // namespace jwks::cli
