#include "cli/inspect/human_time.hpp"

#include <cstdint>
#include <utility>

namespace jwks::cli {

std::string relative_time(std::chrono::sys_seconds time, std::chrono::sys_seconds now) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {
      {365 * 86400, "year"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  const std::int64_t difference = (time - now).count();
  const std::int64_t distance = difference < 0 ? -difference : difference;
  for (const auto& [seconds, unit] : kUnits) {
    const std::int64_t count = distance / seconds;
    if (count == 0) continue;
    const std::string amount = std::to_string(count) + ' ' + unit + (count == 1 ? "" : "s");
    return difference < 0 ? amount + " ago" : "in " + amount;
  }
  return "now";
}

}  // namespace jwks::cli
