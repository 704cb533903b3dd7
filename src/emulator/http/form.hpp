#pragma once

// `application/x-www-form-urlencoded` and HTTP Basic, as OAuth uses them (RFC 6749 §2.3.1, App. B).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Names and values in the order in which they were sent.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// Reads "%XX" as a byte. A "%" without two hexadecimal digits stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text);
/// Reads "+" as a space and "%XX" as a byte. A "%" without two hexadecimal digits stays as it is.
[[nodiscard]] std::string form_url_decode(std::string_view text);

[[nodiscard]] Parameters parse_form(std::string_view text);

struct Credentials {
  std::string client_id;
  std::string client_secret;
};

/// The credentials of an `Authorization` value. Each half is form-url-decoded, the first colon
/// separates them. Empty unless the scheme is Basic and the rest is base64 with a colon in it.
[[nodiscard]] std::optional<Credentials> parse_basic(std::string_view authorization);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
