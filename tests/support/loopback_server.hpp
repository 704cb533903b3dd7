#pragma once

// A listening socket on loopback. Every connection is served by a thread of its own, and when the
// server is destroyed all of them are cut.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace test {

class LoopbackServer {
 public:
  /// Serves one connection. The socket is closed after the return.
  using Serve = std::function<void(int socket)>;

  explicit LoopbackServer(Serve serve, int family = AF_INET)
      : serve_(std::move(serve)), listener_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (family == AF_INET) {
      reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
      reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
    }
    address.ss_family = static_cast<sa_family_t>(family);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, generic, &size) != 0) {
      close(listener_);
      throw std::runtime_error("no loopback port");
    }
    // Both families have the port at the same place.
    port_ = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const Client& client : clients_)
        if (client.socket >= 0) shutdown(client.socket, SHUT_RDWR);
    }
    for (Client& client : clients_) client.thread.join();
    close(listener_);
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url(std::string_view scheme, std::string_view host) const {
    return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port_) + "/jwks";
  }
  [[nodiscard]] int connections() const noexcept { return connections_; }

 private:
  struct Client {
    int socket;
    std::thread thread{};
  };

  void accept_all() {
    for (int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); socket >= 0;
         socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) {
      ++connections_;
      const std::lock_guard lock(mutex_);
      Client& client = clients_.emplace_back(Client{.socket = socket});
      client.thread = std::thread([this, &client, socket] {
        serve_(socket);
        const std::lock_guard closing(mutex_);
        close(socket);
        client.socket = -1;
      });
    }
  }

  Serve serve_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::list<Client> clients_;
  std::thread acceptor_;
};

}  // namespace test
