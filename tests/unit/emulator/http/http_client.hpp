#pragma once

// A client that sends bytes and reads what comes back: it can stall, lie and stop half way, which
// no proper HTTP client does.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace test {

struct Reply {
  int status = 0;  ///< 0: the connection ended without one
  std::string head{};
  std::string body{};
};

/// One connection to the loopback address. Waiting for bytes ends after a minute, with a throw.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval minute{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (!connected_) error_ = errno;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(socket_); }

  [[nodiscard]] bool connected() const noexcept { return connected_; }
  /// Why it is not connected.
  [[nodiscard]] int error() const noexcept { return error_; }
  /// The other side has not closed it up to now.
  [[nodiscard]] bool is_open() const noexcept {
    char byte = 0;
    const ssize_t size = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size > 0 || (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // closed by the other side; what it answered can still be read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads one response. A response to HEAD and one with status 304 has no body to read.
  [[nodiscard]] Reply receive(bool head_only = false) {
    Reply reply;
    std::size_t end = std::string::npos;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_more()) return reply;
    }
    reply.head = pending_.substr(0, end);
    pending_.erase(0, end + 4);
    reply.status = std::atoi(reply.head.c_str() + reply.head.find(' '));
    const std::size_t length = reply.head.find("Content-Length: ");
    if (head_only || reply.status == 304 || length == std::string::npos) return reply;
    const auto size = static_cast<std::size_t>(std::atol(reply.head.c_str() + length + 16));
    while (pending_.size() < size) {
      if (!read_more()) break;
    }
    reply.body = pending_.substr(0, size);
    pending_.erase(0, size);
    return reply;
  }

  /// Waits until the other side has closed; what it sends before is dropped.
  void wait_for_close() {
    while (read_more()) pending_.clear();
  }

  /// Everything until the other side closes.
  [[nodiscard]] std::string receive_all() {
    while (read_more()) {
    }
    return std::exchange(pending_, {});
  }
  /// At least so many bytes, or less if the other side closes before.
  [[nodiscard]] std::string receive_some(std::size_t size) {
    while (pending_.size() < size && read_more()) {
    }
    return std::exchange(pending_, {});
  }
  /// The other side has ended it with RST.
  [[nodiscard]] bool was_reset() const noexcept { return was_reset_; }

 private:
  bool read_more() {
    char buffer[4096];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      throw std::runtime_error("nothing came for a minute");
    }
    was_reset_ = size < 0 && errno == ECONNRESET;
    if (size <= 0) return false;
    pending_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  bool connected_ = false;
  int error_ = 0;
  bool was_reset_ = false;
  std::string pending_;
};

inline Reply get(std::uint16_t port, const std::string& path, const std::string& headers = {}) {
  Connection connection(port);
  connection.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n");
  return connection.receive();
}

inline Reply post(std::uint16_t port, const std::string& path, const std::string& type,
                  const std::string& body) {
  Connection connection(port);
  connection.send("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: " + type +
                  "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return connection.receive();
}

}  // namespace test
