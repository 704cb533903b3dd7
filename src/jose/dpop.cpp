#include "jose/dpop.hpp"

namespace jwks {
inline namespace v0 {

Result<DpopProof> verify_dpop_proof(const DpopRequest&, std::string_view, const DpopOptions&,
                                    std::chrono::system_clock::time_point) noexcept {
  return Error(ErrorCode::bad_config);
}
namespace jose {
Result<void> check_options(const DpopOptions&) noexcept { return {}; }
}  // namespace jose

}  // namespace v0
}  // namespace jwks
