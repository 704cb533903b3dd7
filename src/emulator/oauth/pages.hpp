#pragma once

// The pages that people see at the authorization endpoint: no script, no style, nothing loaded.
// Whatever comes from a request is escaped.

#include <string>
#include <string_view>

#include "emulator/http/form.hpp"
#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// For a request that can't be answered to its client; `message` is a text of ours.
[[nodiscard]] HttpResponse error_page(std::string_view message);

/// Fields of the login form, beside the request's own parameters.
inline constexpr std::string_view kEmailField = "email";
inline constexpr std::string_view kPasswordField = "password";
inline constexpr std::string_view kCancelField = "cancel";

struct LoginPage {
  std::string_view client_name{};
  std::string_view email{};        ///< to begin with
  Parameters carried{};            ///< what comes back with the form
  bool is_second_attempt = false;  ///< says that the first was wrong; status 403
};

[[nodiscard]] HttpResponse login_page(const LoginPage& login);

/// `text` for HTML, in quotes or between tags.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
