// An observer that writes one line per event, as a service's log would have it. The library itself
// never prints; what is worth a line, and at which level, is for the service to say.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <jwks/emulator.hpp>
#include <jwks/jwks_verifier.hpp>
#include <memory>
#include <sstream>
#include <string>

namespace {

using jwks::Event;
using jwks::EventKind;

/// The level of an event: what somebody should look at, what is part of a rotation, the rest.
const char* level(const Event& event) {
  switch (event.kind) {
    case EventKind::fetch_failed:
    case EventKind::document_rejected:
    case EventKind::stale_served:
    case EventKind::snapshot_not_saved:
      return "warning";
    case EventKind::keys_changed:
    case EventKind::state_changed:
    case EventKind::rotation_recovered:
      return "info";
    default:
      return "debug";
  }
}

class Log final : public jwks::Observer {
 public:
  // On a thread of the library, one event at a time: a slow sink delays events, never a request.
  void on_event(const Event& event) override {
    std::ostringstream line;
    line << level(event) << ' ' << to_string(event.kind) << " source=" << event.source;
    switch (event.kind) {
      case EventKind::fetch_started:
        line << " cause=" << to_string(event.cause);
        break;
      case EventKind::fetch_succeeded:
        line << " cause=" << to_string(event.cause) << " status=" << event.status
             << " changed=" << event.changed << " keys=" << event.keys
             << " skipped=" << event.skipped << " bytes=" << event.bytes
             << " ms=" << event.duration.count();
        break;
      case EventKind::fetch_failed:
        line << " cause=" << to_string(event.cause) << " attempt=" << event.attempt
             << " next_attempt_in_ms=" << event.next_attempt_in.count();
        break;
      case EventKind::state_changed:
        line << " from=" << to_string(event.from) << " to=" << to_string(event.to);
        break;
      case EventKind::stale_served:
        line << " key_age_s=" << event.key_age.count();
        break;
      default:
        break;
    }
    for (const std::string& kid : event.added) line << " added=" << kid;
    for (const std::string& kid : event.removed) line << " removed=" << kid;
    if (!event.key_id.empty()) line << " kid=" << event.key_id;
    if (event.error) line << " error=\"" << event.error->message() << '"';
    line << '\n';
    std::cout << line.str() << std::flush;
  }
};

}  // namespace

int main() try {
  const auto idp = jwks::emulator::Emulator::start({.keys = {{}}}).value();
  const auto verifier = jwks::JwksVerifier::create({.issuer = idp.issuer(),
                                                    .audiences = {"orders-api"},
                                                    .http = {.allow_loopback_http = true},
                                                    .observer = std::make_shared<Log>()})
                            .value();
  const auto verifies = [&] {
    return verifier.verify(idp.issue({.audience = "orders-api"}).value()).has_value();
  };

  const bool loads = verifies();
  idp.rotate_keys(jwks::emulator::Rotation::hard).value();
  const bool follows = verifies();
  idp.stop();
  const bool fails = !verifier.refresh(std::chrono::seconds(10)).has_value();
  const bool goes_on = verifies();
  return loads && follows && fails && goes_on ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return EXIT_FAILURE;
}
