#include "jwks/unverified_token.hpp"

namespace jwks {
inline namespace v0 {

struct UnverifiedToken::State {};
Result<UnverifiedToken> UnverifiedToken::parse(std::string_view) {
  return Error(ErrorCode::bad_config);
}

}  // namespace v0
}  // namespace jwks
