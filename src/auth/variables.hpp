#pragma once

// The environment variables that configure authentication: their names, and what they say.
//
// They are read once. What a variable holds may be a secret and never becomes part of an error or a
// note, which have names only; it is wiped when this object goes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace auth {

enum class Variable : std::uint8_t {
  mode,
  public_key,
  secret,
  jwks_url,
  issuer,
  audience,
  ca_file,
  loopback_http,
  dev_org_id,
};
inline constexpr std::size_t kVariables = static_cast<std::size_t>(Variable::dev_org_id) + 1;

/// What AUTH_MODE asks for.
enum class Mode : std::uint8_t { unset, jwt, smoo, trusted, none };

class Variables {
 public:
  using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

  /// Reads all of them. *Failure:* std::bad_alloc, and what `lookup` throws.
  Variables(std::string prefix, const Lookup& lookup);
  ~Variables();
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

  /// Set to nothing.
  [[nodiscard]] bool is_empty(Variable variable) const noexcept {
    return set_[static_cast<std::size_t>(variable)] && !has(variable);
  }
  /// One that is empty counts as unset.
  [[nodiscard]] bool has(Variable variable) const noexcept { return !text(variable).empty(); }
  [[nodiscard]] const std::string& text(Variable variable) const noexcept {
    return values_[static_cast<std::size_t>(variable)];
  }
  /// The name with the prefix.
  [[nodiscard]] std::string name(Variable variable) const;
  /// A `bad_config` about this variable.
  [[nodiscard]] Error error(Variable variable, std::string_view detail) const;

  // What a text means, without the white space around it. *Failure:* `bad_config`.
  [[nodiscard]] Result<Mode> mode() const;
  /// `true`, `1`, `false` or `0` in any case; unset is false.
  [[nodiscard]] Result<bool> flag(Variable variable) const;
  /// Separated by commas; unset is none.
  [[nodiscard]] Result<std::vector<std::string>> list(Variable variable) const;

 private:
  std::string prefix_;
  std::array<std::string, kVariables> values_{};
  std::array<bool, kVariables> set_{};
};

/// The names in the process's environment that begin with `prefix` and AUTH_JWT_ and mean nothing:
/// most likely misspelt. Sorted, as they are written there.
[[nodiscard]] std::vector<std::string> unknown_variables_of_process(std::string_view prefix);

}  // namespace auth
}  // namespace v0
}  // namespace jwks
