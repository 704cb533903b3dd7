#include "jose/binding.hpp"

namespace jwks {
inline namespace v0 {

namespace jose {
Result<std::optional<CheckedProof>> check_binding(const Claims&, std::string_view,
                                                  const Presentation&, const ValidationOptions&,
                                                  std::chrono::system_clock::time_point) {
  return std::optional<CheckedProof>{};
}
Result<void> remember(const Claims&, const std::optional<CheckedProof>&, const ValidationOptions&,
                      std::chrono::system_clock::time_point) {
  return {};
}
}  // namespace jose
Result<std::string> certificate_thumbprint(std::string_view) {
  return Error(ErrorCode::bad_config);
}

}  // namespace v0
}  // namespace jwks
