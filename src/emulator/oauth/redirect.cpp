#include "emulator/oauth/redirect.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4U];
    encoded += kDigits[byte & 0x0FU];
  }
  return encoded;
}

bool is_redirectable(std::string_view uri) noexcept {
  return std::all_of(uri.begin(), uri.end(),
                     [](char c) { return c > ' ' && c != 0x7F && c != '#'; });
}

HttpResponse redirect_to(std::string_view uri, const Parameters& parameters, int status) {
  std::string location(uri);
  char separator = uri.find('?') == std::string_view::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    location += separator + percent_encode(name) + '=' + percent_encode(value);
    separator = '&';
  }
  HttpResponse response{.status = status};
  response.with("Location", std::move(location)).with("Referrer-Policy", "no-referrer");
  return response;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
