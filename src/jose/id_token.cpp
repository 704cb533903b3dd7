#include "jwks/id_token.hpp"

namespace jwks {
inline namespace v0 {

Result<void> validate_id_token(const VerifiedToken&, const IdTokenExpectations&,
                               std::chrono::system_clock::time_point) noexcept {
  return Error(ErrorCode::bad_config);
}

}  // namespace v0
}  // namespace jwks
