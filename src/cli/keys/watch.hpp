#pragma once

// `jwks keys --watch`: the life of a key set, as it happens.

#include <chrono>
#include <optional>

#include "cli/command.hpp"
#include "cli/options.hpp"

namespace jwks::cli {

/// Prints a line for every event that matters, until a signal ends it or nobody reads any more.
/// With `interval` the issuer is asked that often, else as often as a service would.
[[nodiscard]] Status watch_keys(const KeyLocation& location,
                                std::optional<std::chrono::seconds> interval);

}  // namespace jwks::cli
