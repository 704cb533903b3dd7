#pragma once

// Ports of programs that serve, and what they answer.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "unit/emulator/http/http_client.hpp"

namespace test {

/// A port that was free a moment ago.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

inline void wait_until_it_listens(std::uint16_t port) {
  REQUIRE(eventually([port] { return Connection(port).connected(); }));
}

inline std::string bearer(std::string_view token) {
  return "Authorization: Bearer " + std::string(token) + "\r\n";
}

/// The value of a field; "(none)" if there is no such field.
inline std::string field(const std::string& head, const std::string& name) {
  const std::string begin = "\r\n" + name + ": ";
  const std::size_t at = head.find(begin);
  if (at == std::string::npos) return "(none)";
  const std::size_t from = at + begin.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

}  // namespace test
