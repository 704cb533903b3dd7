#pragma once

// Changes of a JWK's text that make its key say more or less about itself.

#include <stdexcept>
#include <string>
#include <string_view>

namespace test {

/// The JWK without a member that is a string. It must be there.
inline std::string without_member(std::string jwk, std::string_view name) {
  const std::size_t begin = jwk.find("\"" + std::string(name) + "\":\"");
  if (begin == std::string::npos) throw std::runtime_error("no member " + std::string(name));
  const std::size_t value = begin + name.size() + 4;
  const std::size_t end = jwk.find('"', value) + 1;
  const bool last = jwk[end] != ',';
  return jwk.erase(last ? begin - 1 : begin, end - begin + 1);
}

/// The JWK with one more member at its end.
inline std::string with_member(std::string jwk, std::string_view name, std::string_view json) {
  return jwk.insert(jwk.size() - 1, ",\"" + std::string(name) + "\":" + std::string(json));
}

/// The bytes' base64url text of a member that is a string.
inline std::string member_text(std::string_view jwk, std::string_view name) {
  const std::size_t value = jwk.find("\"" + std::string(name) + "\":\"") + name.size() + 4;
  return std::string(jwk.substr(value, jwk.find('"', value) - value));
}

}  // namespace test
