#pragma once

// The parameters of OAuth requests (RFC 6749 §3.1, §3.2), and the scopes among them (§3.3).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/http/form.hpp"
#include "emulator/http/http_message.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Of one parameter. What is longer is refused before it is stored, signed or sent back.
inline constexpr std::size_t kMaxParameterBytes = std::size_t{16} * 1024;

/// The parameters of a body that is a form or a JSON object of strings, or what is wrong with it.
[[nodiscard]] std::variant<Parameters, std::string_view> read_body(const HttpRequest& request);

/// A parameter without a value counts as omitted.
[[nodiscard]] Parameters without_omitted(Parameters parameters);

/// What is wrong with these parameters, whoever they are for; empty if nothing.
[[nodiscard]] std::string_view problem_of(const Parameters& parameters);

/// The value of the parameter; empty if it was omitted.
[[nodiscard]] std::string_view find(const Parameters& parameters, std::string_view name);
/// The same, but empty too if it occurs twice or is not well-formed.
[[nodiscard]] std::string_view find_sound(const Parameters& parameters, std::string_view name);

/// The different scopes of a list with one space between them. Empty if `text` is not that.
[[nodiscard]] std::optional<std::vector<std::string>> split_scope(std::string_view text);
[[nodiscard]] std::string joined(const std::vector<std::string>& scopes);
[[nodiscard]] bool contains(const std::vector<std::string>& scopes, std::string_view scope);
/// Tells whether each of `asked` is among `allowed`.
[[nodiscard]] bool covers(const std::vector<std::string>& allowed,
                          const std::vector<std::string>& asked);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
