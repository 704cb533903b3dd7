#pragma once

// JSON for people to read.

#include <functional>
#include <string>
#include <string_view>

#include "jwks/json_value.hpp"

namespace jwks::cli {

/// What to say beside a member; empty: nothing.
using MemberNote = std::function<std::string(std::string_view name, const JsonValue& value)>;

/// The value over several lines, indented by two spaces, in printable ASCII. Behind the members of
/// the outermost object stands what `note` says, as `// …`: it should be ASCII on one line.
[[nodiscard]] std::string pretty_json(const JsonValue& value, const MemberNote& note = {});

}  // namespace jwks::cli
