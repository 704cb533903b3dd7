#include "emulator/management/management.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

// TODO(step 4, part D)
Management::Management(Directory& directory, const EmulatorClock& clock)
    : directory_(directory), clock_(clock) {}

std::optional<HttpResponse> Management::respond(const HttpRequest& /*request*/,
                                                std::string_view /*path*/) const {
  static_cast<void>(directory_);
  static_cast<void>(clock_);
  return std::nullopt;
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
