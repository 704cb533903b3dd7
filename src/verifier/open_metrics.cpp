#include "jwks/stats.hpp"

namespace jwks {
inline namespace v0 {

// TODO(step 3, part D)
std::string open_metrics(std::span<const SourceMetrics>) { return "# EOF\n"; }

}  // namespace v0
}  // namespace jwks
