#pragma once

// `Delivery`: the bytes of one answer and the way they are sent. Here an answer of the endpoints
// becomes HTTP/1.1, and here the faults of its bytes are worked out, so that a connection has only
// to send what a delivery says, and so that all of it can be tested without sockets.

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Sent in this order: `start`, `block` so many times, `finish`. An answer of a gigabyte is a small
/// block that is sent often.
struct Delivery {
  /// What happens to the connection afterwards.
  enum class End : std::uint8_t {
    keep_alive,  ///< the next request is read
    close,
    reset,  ///< closed with RST instead of FIN
    stall,  ///< nothing, for as long as the client stays
  };
  static constexpr std::uint64_t kForever = std::numeric_limits<std::uint64_t>::max();

  std::string start{};
  std::string block{};
  std::uint64_t blocks = 0;
  std::string finish{};
  End end = End::close;
  std::chrono::milliseconds pause{0};  ///< above 0: between one byte of `start` and the next

  /// May last until the client leaves.
  [[nodiscard]] bool is_lasting() const noexcept {
    return end == End::stall || blocks == kForever || pause > std::chrono::milliseconds::zero();
  }
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

/// What the answer depends on besides the endpoint's word.
struct DeliveryTerms {
  bool is_head = false;      ///< the answer to HEAD: without the body (RFC 9110 §9.3.2)
  bool is_http_1_0 = false;  ///< the client knows no chunks, and no lasting connection by default
  bool keep_alive = true;    ///< the client would go on
};

/// *Throws:* `std::invalid_argument` if the status or a header field can't be sent as it is: a line
/// break in a field would be read as another field.
[[nodiscard]] Delivery plan_delivery(HttpResponse&& response, const DeliveryTerms& terms);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
