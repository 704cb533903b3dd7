#pragma once

// `ResponseReader`: takes an HTTP response as it comes in, line by line and chunk by chunk, and
// refuses what a sound server does not send.
//
// libcurl is generous with servers. A key set decides who is let in, and what two programs may read
// differently (RFC 9112 §6.3 and §11.2) is nothing to decide by: bare line feeds, folded lines,
// fields that contradict each other are refused, and so is more than anybody needs.

#include <cstddef>
#include <string>
#include <string_view>

#include "jwks/fetcher.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

class ResponseReader {
 public:
  static constexpr std::size_t kMaxHeaderBytes = std::size_t{64} * 1024;
  static constexpr std::size_t kMaxHeaderLines = 200;

  explicit ResponseReader(std::size_t max_body) : max_body_(max_body) {}

  /// Takes a status line, a field, or the empty line at the end of either, with its line end.
  /// Returns false if the response is refused. *Failure:* may throw std::bad_alloc.
  [[nodiscard]] bool take_line(std::string_view line);
  /// Takes a piece of the decoded body. As `take_line`.
  [[nodiscard]] bool take_body(std::string_view bytes);

  /// Why the response is refused, for people; empty if it is not.
  [[nodiscard]] std::string_view refusal() const noexcept { return refusal_; }
  /// What has come in; the status is not set.
  [[nodiscard]] FetchResponse& response() noexcept { return response_; }
  /// The field `Location`, as received.
  [[nodiscard]] const std::string& location() const noexcept { return location_; }

 private:
  enum class Part { status, fields, trailers };

  bool refuse(std::string_view why) noexcept {
    refusal_ = why;
    return false;
  }
  bool take_status(std::string_view line);
  bool take_field(std::string_view line);
  bool take_framing(std::string_view name, std::string_view value);

  std::size_t max_body_;
  FetchResponse response_{};
  std::string location_{};
  std::string_view refusal_{};
  Part part_ = Part::status;
  bool interim_ = false;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  unsigned lengths_ = 0;  ///< fields that say where the body ends
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
