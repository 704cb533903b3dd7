#pragma once

// What each resource has to be, looked at by itself, whoever wrote it: a seed or a client of the
// management API. What resources are to each other is the business of records.hpp.

#include <string>
#include <string_view>
#include <vector>

#include "jwks/emulator_options.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// What is wrong with a member of a resource.
struct MemberProblem {
  std::string field;                  ///< as in the options: "name", "scopes[1]"
  std::string message;                ///< with the value unless it is a secret; escaped
  std::string_view code = "invalid";  ///< or "required", for programs
};
using Problems = std::vector<MemberProblem>;

[[nodiscard]] Problems problems_of(const Organization& organization);
[[nodiscard]] Problems problems_of(const Application& application);
[[nodiscard]] Problems problems_of(const ApiKey& key);
[[nodiscard]] Problems problems_of(const User& user);
/// Of claims that are added to tokens; `field` is where they are.
[[nodiscard]] Problems problems_of(const JsonMembers& claims, std::string_view field);

// Why a value can't be what the name says; empty if it can.
[[nodiscard]] std::string_view text_problem(std::string_view text);
[[nodiscard]] std::string_view identifier_problem(std::string_view id) noexcept;
[[nodiscard]] std::string_view api_key_problem(std::string_view value) noexcept;
[[nodiscard]] std::string_view redirect_uri_problem(std::string_view uri) noexcept;

// For messages and paths.
/// `message`, and the value that it is about.
[[nodiscard]] std::string with_value(std::string_view message, std::string_view value);
/// "scopes[1]"
[[nodiscard]] std::string at_index(std::string_view list, std::size_t index);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
