#include "jwks/replay_cache.hpp"

namespace jwks {
inline namespace v0 {

Result<std::shared_ptr<ReplayCache>> make_memory_replay_cache(std::size_t) {
  return Error(ErrorCode::bad_config);
}

}  // namespace v0
}  // namespace jwks
