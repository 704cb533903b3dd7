#pragma once

// HTTP as the emulator's endpoints see it: plain values, so that they know nothing of sockets and
// can be tested without any. Only incoming.cpp and delivery.cpp translate from and to the wire.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/http/wire_fault.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method{};
  std::string path{};     ///< the target before "?", as it was sent
  std::string query{};    ///< what follows "?"
  HttpHeaders headers{};  ///< names in lower case
  std::string body{};
  bool from_loopback = false;
  bool is_https = false;
  /// The identifier of the issuer that is asked, as this request sees it. Set by `Service`.
  std::string issuer{};

  /// The first header field of this name (in lower case).
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// The media type of the body in lower case, without parameters.
  [[nodiscard]] std::string media_type() const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers{};
  std::string body{};
  std::optional<WireFault> fault{};  ///< how its bytes are spoiled

  HttpResponse& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

[[nodiscard]] HttpResponse json_response(int status, std::string body);
/// `{"error": …, "message": …}`; both are texts of ours, never of the request's.
[[nodiscard]] HttpResponse error_response(int status, std::string_view error,
                                          std::string_view message);
/// 405, naming what is allowed.
[[nodiscard]] HttpResponse method_not_allowed(std::string allow);

/// In lower case; header names and media types are ASCII.
[[nodiscard]] std::string lower_case(std::string_view mixed);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
