// A KeySource's key set on its way out of the process and back.

#include "source/key_source.hpp"
#include "source/outbox.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

// TODO(step 3, part B)
Result<std::string> KeySource::export_snapshot() {
  return Error(ErrorCode::keys_unavailable, ErrorReason::never_loaded);
}

Result<void> KeySource::import_snapshot(std::string_view) {
  return Error(ErrorCode::keys_unavailable, ErrorReason::snapshot_rejected);
}

void KeySource::load_stored() {}
void KeySource::save_stored() {}

}  // namespace source
}  // namespace v0
}  // namespace jwks
