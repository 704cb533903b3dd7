#include "jwks/snapshot_store.hpp"

namespace jwks {
inline namespace v0 {

SnapshotStore::~SnapshotStore() = default;

// TODO(step 3, part B)
Result<std::shared_ptr<SnapshotStore>> make_file_snapshot_store(std::filesystem::path) {
  return Error(ErrorCode::bad_config).about("directory").because("not implemented");
}

}  // namespace v0
}  // namespace jwks
