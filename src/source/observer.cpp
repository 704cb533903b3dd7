#include "jwks/observer.hpp"

namespace jwks {
inline namespace v0 {

Observer::~Observer() = default;

std::string_view to_string(FetchCause cause) noexcept {
  switch (cause) {
    case FetchCause::startup:
      return "startup";
    case FetchCause::soft:
      return "soft";
    case FetchCause::stale:
      return "stale";
    case FetchCause::kid_miss:
      return "kid_miss";
    case FetchCause::manual:
      return "manual";
  }
  return "unknown";
}

std::string_view to_string(KeySetState state) noexcept {
  switch (state) {
    case KeySetState::empty:
      return "empty";
    case KeySetState::fresh:
      return "fresh";
    case KeySetState::refresh_due:
      return "refresh_due";
    case KeySetState::stale_unproven:
      return "stale_unproven";
    case KeySetState::stale:
      return "stale";
    case KeySetState::expired:
      return "expired";
    case KeySetState::static_keys:
      return "static_keys";
  }
  return "unknown";
}

std::string_view to_string(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::fetch_started:
      return "fetch_started";
    case EventKind::fetch_succeeded:
      return "fetch_succeeded";
    case EventKind::fetch_failed:
      return "fetch_failed";
    case EventKind::document_rejected:
      return "document_rejected";
    case EventKind::keys_changed:
      return "keys_changed";
    case EventKind::key_skipped:
      return "key_skipped";
    case EventKind::state_changed:
      return "state_changed";
    case EventKind::refresh_suppressed:
      return "refresh_suppressed";
    case EventKind::rotation_recovered:
      return "rotation_recovered";
    case EventKind::stale_served:
      return "stale_served";
    case EventKind::wait_timed_out:
      return "wait_timed_out";
    case EventKind::snapshot_loaded:
      return "snapshot_loaded";
    case EventKind::snapshot_ignored:
      return "snapshot_ignored";
    case EventKind::snapshot_not_saved:
      return "snapshot_not_saved";
  }
  return "unknown";
}

std::string_view to_string(HealthStatus status) noexcept {
  switch (status) {
    case HealthStatus::healthy:
      return "healthy";
    case HealthStatus::degraded:
      return "degraded";
    case HealthStatus::unavailable:
      return "unavailable";
  }
  return "unknown";
}

HealthStatus health_status(KeySetState state) noexcept {
  switch (state) {
    case KeySetState::fresh:
    case KeySetState::refresh_due:
    case KeySetState::static_keys:
      return HealthStatus::healthy;
    case KeySetState::stale_unproven:
    case KeySetState::stale:
      return HealthStatus::degraded;
    case KeySetState::empty:
    case KeySetState::expired:
      break;
  }
  return HealthStatus::unavailable;
}

}  // namespace v0
}  // namespace jwks
