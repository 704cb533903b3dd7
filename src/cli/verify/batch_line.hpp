#pragma once

// One line of `jwks verify --batch`: a token, and what is different for it from the command line.
//
//   {"id":1,"token":"eyJ…","now":1750000000,"audience":["orders-api"],"jwks":{"keys":[…]}}

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cli/verify/judging_clock.hpp"
#include "jwks/json_value.hpp"
#include "jwks/policy.hpp"

namespace jwks::cli {

/// A line that asks for nothing that could be judged.
class BadLine : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Members of a line that change the policy. Views into the line.
class PolicyOverrides {
 public:
  enum Member { issuer, audience, algorithms, type, profile, required_claims, clock_skew, max_age };
  static constexpr std::size_t kCount = 8;

  void set(Member member, JsonValue value) { values_[member] = value; }
  [[nodiscard]] bool has(Member member) const { return values_[member].has_value(); }
  /// A text that is the same only for overrides that say the same; empty: there are none.
  [[nodiscard]] std::string key() const;
  /// The options with these changes. Throws BadLine.
  [[nodiscard]] ValidationOptions apply_to(ValidationOptions options) const;

 private:
  std::array<std::optional<JsonValue>, kCount> values_{};
};

struct BatchLine {
  std::optional<std::string_view> token{};  ///< never empty when `read_line` returns
  std::optional<WallTime> now{};
  std::optional<JsonValue> jwks{};
  std::optional<bool> allow_static_secrets{};
  PolicyOverrides policy{};
};

/// Reads the members of a line. `id` gets the JSON text to answer with as soon as it is known; it
/// is not changed by a line without one. A null member is as good as none. Throws BadLine.
[[nodiscard]] BatchLine read_line(const JsonValue& object, std::string& id);

}  // namespace jwks::cli
