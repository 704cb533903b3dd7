#pragma once

// `SnapshotStore`: where a key set survives a restart while the issuer is down.
//
// A verifier reads its store once, before its first request to the issuer, and writes to it after
// every answer of the issuer. What it reads is judged like a document of the issuer and is never
// trusted for longer than it was in the process that wrote it; then the issuer is asked in the
// background. Something that is corrupt, foreign or too old is ignored, with an event.
//
// Whoever can write to the store decides which keys are accepted, until the issuer has been asked.
// The checksum in a snapshot finds damage, not forgery: protect the store like the program itself.
//
// The interface fits a file, and a store that several machines share: a key, a value, no more.
// Machines that share one must agree about the time: what their clocks call the future is ignored.

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "jwks/export.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {

/// `source` names a key set: the issuer, a blank, and `jwks_uri` as configured, if it is. Two
/// verifiers of the same set, in one process or in several, share what is kept for it.
/// *Threading:* called by several threads at once, never under a lock of the library; by one
/// verifier only one call is made at a time.
/// *Blocking:* allowed, on a thread of the library; return soon after `stop` was requested, and
/// within some seconds in any case: while it waits it holds one of the four threads that fetch.
class JWKS_API SnapshotStore {
 public:
  virtual ~SnapshotStore();
  /// Returns what was last saved for `source`; empty if nothing was.
  /// *Failure:* an error of any code; its detail is reported. An exception counts as one.
  [[nodiscard]] virtual Result<std::optional<std::string>> load(std::string_view source,
                                                                std::stop_token stop) = 0;
  /// Replaces what is kept for `source`, wholly or not at all. `snapshot` is at most 300 KiB.
  [[nodiscard]] virtual Result<void> save(std::string_view source, std::string_view snapshot,
                                          std::stop_token stop) = 0;

 protected:
  SnapshotStore() = default;
  SnapshotStore(const SnapshotStore&) = default;
  SnapshotStore& operator=(const SnapshotStore&) = default;
};

/// A store of files in `directory`, one per source, replaced atomically, readable and writable by
/// their owner only. Files that somebody else owns or can write to are refused, and so are links in
/// the place of files: they are never followed. The path of the directory is, links included, so
/// that /var/lib/orders may lead elsewhere; what it leads to has to be a directory of ours that
/// only we can write to, each time. The path and what is above it are yours to protect: whoever
/// could lead it to another such directory would choose among the snapshots that we wrote
/// ourselves. The directory is made (mode 0700) if it is not there; what processes that died while
/// they saved left behind in it is removed. Any number of stores and processes may use one.
/// *Failure:* `bad_config` with `directory` as its subject: not a directory, not ours, or writable
/// by others. Later failures name the path and the system's reason.
[[nodiscard]] JWKS_API Result<std::shared_ptr<SnapshotStore>> make_file_snapshot_store(
    std::filesystem::path directory);

}  // namespace v0
}  // namespace jwks
