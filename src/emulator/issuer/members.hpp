#pragma once

// JSON objects as lists of names and JSON texts: what can be changed before it is written.

#include <string>
#include <string_view>

#include "jwks/emulator_options.hpp"
#include "jwks/json_value.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Replaces the member or adds it at the end; an empty text removes it.
void set_member(JsonMembers& members, std::string_view name, std::string_view json);

/// The members of an object, in their order.
[[nodiscard]] JsonMembers members_of(JsonValue object);

/// The JSON text of an object with these members, duplicates included.
[[nodiscard]] std::string object_text(const JsonMembers& members);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
