#pragma once

// The entries of a published JWK Set, in its order: what each says about itself, whether the
// library uses it, and why not.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"
#include "jwks/jwk_set.hpp"

namespace jwks::cli {

struct ListedKey {
  // As they were published; empty: not there, or no string.
  std::optional<std::string> key_id{};
  std::optional<std::string> type{};
  std::optional<std::string> algorithm{};
  std::optional<std::string> use{};

  std::optional<Jwk> key{};                ///< if it is used
  ErrorReason reason = ErrorReason::none;  ///< else why it is not
  std::string member{};                    ///< the one to blame; empty if none is
  bool exposed = false;                    ///< it holds what only its owner may know
};

/// *Failure:* as `JwkSet::parse`.
[[nodiscard]] Result<std::vector<ListedKey>> list_keys(std::string_view document);

/// Prints a table.
void print_table(const std::vector<ListedKey>& keys, const Colours& colours);

/// The same as a JSON array.
[[nodiscard]] std::string to_json(const std::vector<ListedKey>& keys);

}  // namespace jwks::cli
