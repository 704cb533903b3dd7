#pragma once

// `ConfigValue`: what a configuration file says, before anybody asks what it means.
//
// A tree of plain values, read from JSON or YAML alike. Scalars have the types of the YAML 1.2 core
// schema (§10.3): `yes` and `2030-01-01` are strings, `true` and `12` are none. Aliases are
// written out, names stand in the order of the file, duplicates included.
//
// A file may come from anywhere, so its size, its depth and the number of its values, counted after
// aliases, are bounded: no text takes more than moments and some megabytes.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/seed.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct ConfigValue {
  enum class Kind : std::uint8_t { null, boolean, number, string, list, map };

  Kind kind = Kind::null;
  std::string text{};                ///< of a scalar: as it was written, escapes resolved
  std::vector<std::string> names{};  ///< of a map's items
  std::vector<ConfigValue> items{};

  [[nodiscard]] bool is_map() const noexcept { return kind == Kind::map; }
  [[nodiscard]] bool is_list() const noexcept { return kind == Kind::list; }
  [[nodiscard]] bool is_string() const noexcept { return kind == Kind::string; }
  [[nodiscard]] bool is_null() const noexcept { return kind == Kind::null; }
};

inline constexpr std::size_t kMaxConfigBytes = 1 << 20;
inline constexpr std::size_t kMaxConfigDepth = 32;
inline constexpr std::size_t kMaxConfigValues = 100'000;

/// Reads JSON or YAML; nothing at all is null. *Failure:* what is wrong, and in which line.
[[nodiscard]] std::variant<ConfigValue, SeedProblem> parse_config(std::string_view text);

/// The YAML part of it: one document. *Failure:* as above.
[[nodiscard]] std::variant<ConfigValue, SeedProblem> parse_yaml(std::string_view text);

/// The value for a message: `"text"` cut short and escaped, or what kind of thing it is.
[[nodiscard]] std::string shown(const ConfigValue& value);
[[nodiscard]] std::string shown(std::string_view text);

/// "a" + "b" → "a.b", "" + "b" → "b".
[[nodiscard]] std::string member_path(std::string_view path, std::string_view name);
/// "a" + 1 → "a[1]".
[[nodiscard]] std::string item_path(std::string_view path, std::size_t index);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
