#pragma once

// Claims as the fields of a caller: found by their configured names, of the right type, and fit to
// stand in a log, a header field or a query.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/json_value.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

/// More entries than this are no list of roles, but a mistake or an attack.
inline constexpr std::size_t kMaxListItems = 256;

/// A claim's name, and the members that lead to it; see ClaimNames.
class ClaimPath {
 public:
  /// *Failure:* `bad_config` with the fault as its detail.
  [[nodiscard]] static Result<ClaimPath> parse(std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// The claim; empty if it is absent or null, or a member on the way is. *Failure:*
  /// `invalid_claim` if a member on the way is anything but an object.
  [[nodiscard]] Result<std::optional<JsonValue>> find(JsonValue claims) const noexcept;
  /// Another member of the object that the claim is a member of.
  [[nodiscard]] std::optional<JsonValue> find_beside(JsonValue claims,
                                                     std::string_view member) const noexcept;
  /// The claim's name in that object.
  [[nodiscard]] std::string_view last_step() const noexcept { return steps_.back(); }

 private:
  ClaimPath(std::string name, std::vector<std::string> steps) noexcept
      : name_(std::move(name)), steps_(std::move(steps)) {}
  std::string name_;
  std::vector<std::string> steps_;
};
using ClaimPaths = std::vector<ClaimPath>;

/// Nothing but white space and characters without a width, if anything.
[[nodiscard]] bool is_blank(std::string_view text) noexcept;

/// A string without control characters, those that change the direction of a text included.
/// *Failure:* `invalid_claim` about `name`.
[[nodiscard]] Result<std::string_view> checked_text(JsonValue claim,
                                                    std::string_view name) noexcept;

/// A text, and the claim that it was read from: one of the paths that were asked for.
struct ClaimText {
  std::string_view value{};
  const ClaimPath* path = nullptr;
};
/// The text of the first claim that has one; neither text nor path if none has. *Failure:*
/// `invalid_claim`.
[[nodiscard]] Result<ClaimText> read_text(JsonValue claims, const ClaimPaths& paths) noexcept;

enum class ListForm : std::uint8_t {
  names,  ///< a string is one name
  words,  ///< a string is a list separated by spaces
};
/// The items of the first claim that has any, each once, in their order. *Failure:*
/// `invalid_claim`; may throw std::bad_alloc.
[[nodiscard]] Result<std::vector<std::string>> read_list(JsonValue claims, const ClaimPaths& paths,
                                                         ListForm form);

}  // namespace auth
}  // namespace v0
}  // namespace jwks
