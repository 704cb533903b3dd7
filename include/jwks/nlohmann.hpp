#pragma once

// Opt-in: claims as nlohmann::json values. Needs nlohmann/json 3.11 or newer in your project;
// nothing else of jwks-cpp does.
//
// The text was checked strictly when the token was verified, so the conversion can't fail but for
// memory. It copies: the result does not depend on the token's lifetime. Integers of up to 64 bits
// stay exact; every other number becomes the nearest double, infinity if it is beyond them all.

#include <charconv>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "jwks/claims.hpp"
#include "jwks/json_value.hpp"

namespace jwks {
inline namespace v0 {

namespace detail {
[[nodiscard]] inline nlohmann::json number_to_nlohmann(const JsonValue& value) {
  if (const auto integer = value.as_integer()) return *integer;
  const std::string_view text = value.number_text().value_or("0");
  std::uint64_t large = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), large);
  if (error == std::errc() && end == text.data() + text.size()) return large;
  if (const auto number = value.as_double()) return *number;
  const double infinity = std::numeric_limits<double>::infinity();
  return text.front() == '-' ? -infinity : infinity;
}
}  // namespace detail

/// Converts one value with all that it holds. *Failure:* may throw std::bad_alloc.
[[nodiscard]] inline nlohmann::json to_nlohmann(const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::object: {
      nlohmann::json object = nlohmann::json::object();
      for (auto it = value.begin(); it != value.end(); ++it) {
        object[std::string(it.name())] = to_nlohmann(*it);
      }
      return object;
    }
    case JsonKind::array: {
      nlohmann::json array = nlohmann::json::array();
      for (const JsonValue item : value) array.push_back(to_nlohmann(item));
      return array;
    }
    case JsonKind::string:
      return std::string(value.as_string().value_or(std::string_view()));
    case JsonKind::number:
      return detail::number_to_nlohmann(value);
    case JsonKind::boolean:
      return value.as_boolean().value_or(false);
    case JsonKind::null:
      break;
  }
  return nullptr;
}

/// Converts the whole Claims Set. *Failure:* may throw std::bad_alloc.
[[nodiscard]] inline nlohmann::json to_nlohmann(const Claims& claims) {
  return to_nlohmann(claims.root());
}

}  // namespace v0
}  // namespace jwks
