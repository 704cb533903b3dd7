#pragma once

// Sending a browser back to a client (RFC 6749 §4.1.2).

#include <string>
#include <string_view>

#include "emulator/http/form.hpp"
#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// `text` for a query: every byte but the unreserved characters of RFC 3986 §2.3 as "%XX".
[[nodiscard]] std::string percent_encode(std::string_view text);

/// Tells whether a registered URI may be redirected to: it has no fragment (RFC 6749 §3.1.2), and
/// nothing in it could end a header line.
[[nodiscard]] bool is_redirectable(std::string_view uri) noexcept;

/// Redirects to `uri`, with these parameters added to its query.
[[nodiscard]] HttpResponse redirect_to(std::string_view uri, const Parameters& parameters,
                                       int status);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
