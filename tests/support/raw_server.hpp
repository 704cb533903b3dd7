#pragma once

// An HTTP server that sends exactly the bytes a test wants, at the pace it wants.

#include <poll.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/loopback_server.hpp"

namespace test {

/// One connection, as an answer sees it.
class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}

  /// Returns false once the client is gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Sends one byte at a time.
  void trickle(std::string_view bytes, std::chrono::milliseconds pause) {
    for (const char& byte : bytes)
      if (!send({&byte, 1}) || is_gone_within(pause)) return;
  }
  /// Listens, and says nothing until the client goes away.
  void hang() {
    char unread[4096];
    while (recv(socket_, unread, sizeof unread, 0) > 0) {
    }
  }
  /// Ends the connection after this answer.
  void close() { open_ = false; }
  /// The same with an RST.
  void reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  [[nodiscard]] bool is_open() const { return open_; }

  /// The next request up to the end of its header; empty if there is none.
  std::string receive() {
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) return {};
      request.append(buffer, static_cast<std::size_t>(got));
    }
    return request;
  }

 private:
  bool is_gone_within(std::chrono::milliseconds time) {
    pollfd watched{.fd = socket_, .events = POLLIN | POLLRDHUP, .revents = 0};
    return poll(&watched, 1, static_cast<int>(time.count())) > 0;
  }

  int socket_;
  bool open_ = true;
};

/// Answers one request.
using Answer = std::function<void(Connection&, const std::string& request)>;

/// Sends these bytes and ends the connection.
inline Answer bytes(std::string text) {
  return [text = std::move(text)](Connection& connection, const std::string&) {
    connection.send(text);
    connection.close();
  };
}

/// A sound response, after which the connection goes on. `fields` end in CRLF each.
inline std::string response(std::string_view body, std::string_view fields = {},
                            std::string_view status = "200 OK") {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\n").append(fields);
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return text.append(body);
}
inline Answer reply(std::string_view body, std::string_view fields = {},
                    std::string_view status = "200 OK") {
  return [whole = response(body, fields, status)](Connection& connection, const std::string&) {
    connection.send(whole);
  };
}

inline Answer silence() {
  return [](Connection& connection, const std::string&) { connection.hang(); };
}

/// What a request asks for.
inline std::string path_of(const std::string& request) {
  const auto begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

class RawServer {
 public:
  explicit RawServer(Answer answer, int family = AF_INET)
      : answer_(std::move(answer)), server_([this](int socket) { serve(socket); }, family) {}

  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1",
                                std::string_view scheme = "http") const {
    return server_.url(scheme, host);
  }
  /// `url` without its path.
  [[nodiscard]] std::string origin() const {
    return "http://127.0.0.1:" + std::to_string(server_.port());
  }
  [[nodiscard]] int connections() const { return server_.connections(); }
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// From now on.
  void set(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }

 private:
  void serve(int socket) {
    Connection connection(socket);
    while (connection.is_open()) {
      const std::string request = connection.receive();
      if (request.empty()) return;
      Answer answer;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        answer = answer_;
      }
      answer(connection, request);
    }
  }

  mutable std::mutex mutex_;
  Answer answer_;
  std::vector<std::string> requests_;
  LoopbackServer server_;  // last: its threads use the rest
};

}  // namespace test
