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

/// What happened. In parentheses the fields of Event that tell more, beside `source`.
enum class EventKind : std::uint8_t {
  fetch_started,  ///< a flight began (cause)
  /// It brought keys or confirmed the held ones (cause, status: 200 or 304, changed, keys, skipped,
  /// bytes, duration).
  fetch_succeeded,
  /// It did not (cause, status if there was one, keys, skipped, bytes, duration, attempt,
  /// next_attempt_in, error). The held keys stay.
  fetch_failed,
  /// Why, where an answer came and was not believed (cause, status, bytes, error): follows
  /// fetch_failed.
  document_rejected,
  keys_changed,   ///< other keys were published (cause, keys, added, removed)
  key_skipped,    ///< an entry of the new document is not used (key_id, error)
  state_changed,  ///< by an event or by time alone (from, to)
  /// A token's key was not looked for (key_id; error: its reason is rate_limited, negative or
  /// backing_off). The first of each reason since a flight ended or the state changed.
  refresh_suppressed,
  rotation_recovered,  ///< a token passed because its key had just been fetched (key_id)
  stale_served,        ///< the first use of stale keys since the last change of state (key_age)
  wait_timed_out,      ///< a caller gave up; the flight goes on
  snapshot_loaded,     ///< keys came from the SnapshotStore
  snapshot_ignored,    ///< what the SnapshotStore held was not usable
  snapshot_not_saved,  ///< the SnapshotStore failed
};

/// One event. Fields that the kind does not use keep their defaults; the list of EventKind names
/// those that it does.
struct Event {
  EventKind kind{};
  std::string source{};  ///< the issuer, as configured
  FetchCause cause{};
  KeySetState from{};
  KeySetState to{};
  int status = 0;                         ///< HTTP status
  bool changed = false;                   ///< the document brought other keys
  std::size_t keys = 0;                   ///< usable keys
  std::size_t skipped = 0;                ///< entries not used
  std::size_t bytes = 0;                  ///< size of the document
  std::chrono::milliseconds duration{0};  ///< of the flight
  unsigned attempt = 0;                   ///< how many flights have failed in a row
  std::chrono::milliseconds next_attempt_in{0};
  std::chrono::seconds key_age{0};     ///< since the issuer last confirmed the set
  std::vector<std::string> added{};    ///< kids, escaped
  std::vector<std::string> removed{};  ///< kids, escaped
  std::string key_id{};                ///< escaped
  std::optional<Error> error{};
};

/// A state in the words of a health check.
enum class HealthStatus : std::uint8_t {
  healthy,      ///< fresh, refresh_due, static_keys
  degraded,     ///< stale_unproven, stale: tokens are verified, and somebody should look
  unavailable,  ///< empty, expired: no token can be verified; the same as not being ready
};
[[nodiscard]] JWKS_API HealthStatus health_status(KeySetState state) noexcept;

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
[[nodiscard]] JWKS_API std::string_view to_string(HealthStatus status) noexcept;

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
