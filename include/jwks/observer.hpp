#pragma once

// `Observer`: what happens to a key set, as events. The library itself never prints.
//
// Events pass through a bounded queue and are delivered one at a time by a thread of the library,
// never under a lock and never on a thread that verifies. An observer that throws is ignored; one
// that blocks delays later events, and when the queue is full the oldest are dropped and counted.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/error.hpp"
#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// Why a flight (one retrieval of the key set) was started.
enum class FetchCause : std::uint8_t { startup, soft, stale, kid_miss, manual };

/// The state of a key set; computed from time and the last outcome, see README "Key set states".
enum class KeySetState : std::uint8_t {
  empty,           ///< nothing loaded yet
  fresh,           ///< within its TTL
  refresh_due,     ///< within its TTL, a background refresh is due
  stale_unproven,  ///< past its TTL and nobody has looked since
  stale,           ///< past its TTL, the issuer is known to be unreachable
  expired,         ///< too old to be used
  static_keys,     ///< keys were given; there is no URL
};

enum class EventKind : std::uint8_t {
  fetch_started,
  fetch_succeeded,
  fetch_failed,
  document_rejected,
  keys_changed,
  key_skipped,
  state_changed,
  refresh_suppressed,
  rotation_recovered,
  stale_served,
  wait_timed_out,
  snapshot_loaded,     ///< keys came from the SnapshotStore
  snapshot_ignored,    ///< what the SnapshotStore held was not usable
  snapshot_not_saved,  ///< the SnapshotStore failed
};

/// One event. Fields that the kind does not use keep their defaults.
struct Event {
  EventKind kind{};
  std::string source{};  ///< the issuer, or the jwks_uri where no issuer is set
  FetchCause cause{};
  KeySetState from{};
  KeySetState to{};
  int status = 0;                         ///< HTTP status
  bool changed = false;                   ///< the document brought other keys
  std::size_t keys = 0;                   ///< usable keys
  std::size_t skipped = 0;                ///< entries not used
  std::size_t bytes = 0;                  ///< size of the document
  std::chrono::milliseconds duration{0};  ///< of the flight
  std::chrono::milliseconds next_attempt_in{0};
  std::vector<std::string> added{};    ///< kids, escaped
  std::vector<std::string> removed{};  ///< kids, escaped
  std::string key_id{};                ///< escaped
  std::optional<Error> error{};
};

/// The state of a key set at one moment: what the events add up to.
struct Health {
  KeySetState state{};
  std::uint64_t generation = 0;     ///< grows when the published keys change
  std::vector<std::string> kids{};  ///< usable keys, escaped
  std::chrono::seconds key_age{0};  ///< since the issuer last confirmed the set
  std::optional<Error> last_error{};
  std::optional<std::chrono::milliseconds> next_attempt_in{};
};

[[nodiscard]] JWKS_API std::string_view to_string(FetchCause cause) noexcept;
[[nodiscard]] JWKS_API std::string_view to_string(KeySetState state) noexcept;
[[nodiscard]] JWKS_API std::string_view to_string(EventKind kind) noexcept;

class JWKS_API Observer {
 public:
  virtual ~Observer();
  virtual void on_event(const Event& event) = 0;

 protected:
  Observer() = default;
  Observer(const Observer&) = default;
  Observer& operator=(const Observer&) = default;
};

}  // namespace v0
}  // namespace jwks
