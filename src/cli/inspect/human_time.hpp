#pragma once

// Times as people read them.

#include <chrono>
#include <string>

namespace jwks::cli {

/// "5 minutes ago", "in 2 days", "now": in the largest unit of which there is at least one, rounded
/// down.
[[nodiscard]] std::string relative_time(std::chrono::sys_seconds time,
                                        std::chrono::sys_seconds now);

}  // namespace jwks::cli
