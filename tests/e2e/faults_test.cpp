// A verifier and an issuer that gets everything wrong that can be got wrong, kind by kind: while it
// has no keys yet, and while it holds good ones. It answers within its own bounds, accepts nothing
// by what it was told wrongly, keeps what it knows, and recovers as soon as the issuer does.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "e2e/shifted_clock.hpp"
#include "e2e/world.hpp"
#include "support/eventually.hpp"

namespace {

using namespace test;
using jwks::emulator::EmulatorOptions;
using jwks::emulator::Fault;
using jwks::emulator::FaultKind;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kJwksPath = "/.well-known/jwks.json";

constexpr milliseconds kSoon{1000};

/// An issuer, and a verifier which fetches when it is told to only.
struct FaultyWorld {
  explicit FaultyWorld(bool tls = false, milliseconds patience = seconds(30))
      : issuer(take(Emulator::start(with_tls(tls)))) {
    auto options = options_for(issuer);
    options.jwks_uri = issuer.jwks_uri();
    options.clock = clock;
    options.cache.background_refresh = false;
    options.cache.caller_wait = seconds(60);  // never the reason for an answer
    options.http.connect_timeout = patience;
    options.http.total_timeout = patience;
    options.http.ca_pem = issuer.ca_pem();
    verifier.emplace(take(jwks::JwksVerifier::create(options)));
  }

  static EmulatorOptions with_tls(bool tls) {
    EmulatorOptions options = small_keys();
    options.tls = tls;
    return options;
  }

  [[nodiscard]] std::string token(Algorithm algorithm = Algorithm::es256) const {
    return take(issuer.issue({.audience = std::string(kAudience), .algorithm = algorithm}));
  }
  void break_it(Fault fault) const { take(issuer.add_fault(std::move(fault))); }
  void break_key_set(FaultKind kind) const {
    break_it({.kind = kind, .path = std::string(kJwksPath)});
  }
  /// Ends every connection, so that the next request needs a new one.
  void hang_up() const {
    issuer.stop();
    take_nothing(issuer.restart());
  }
  void mend() const {
    issuer.clear_faults();
    hang_up();                    // what stalls goes on to stall
    clock->advance(minutes(10));  // past any back-off
  }
  /// Gets keys, and sees to it that the next document is another.
  void warm_up() const {
    REQUIRE(recovers());
    take_nothing(issuer.rotate_keys(Rotation::announce));
  }
  [[nodiscard]] bool recovers() const {
    return eventually([&] { return verifier->refresh(seconds(30)).has_value(); });
  }

  std::shared_ptr<ShiftedClock> clock = std::make_shared<ShiftedClock>();
  Emulator issuer;
  std::optional<jwks::JwksVerifier> verifier{};
};

/// Faults after which there is no document to speak of, and what they are called then.
struct Outage {
  FaultKind kind;
  ErrorReason reason = ErrorReason::fetch_failed;
  milliseconds patience = seconds(30);
};

void check_cold(const FaultyWorld& world, ErrorReason reason) {
  const std::string token = world.token();
  check_refused(world.verifier->verify(token), ErrorCode::keys_unavailable, reason);
  world.mend();
  CHECK(world.recovers());
  CHECK(world.verifier->verify(token).has_value());
}

void check_warm(const FaultyWorld& world, ErrorReason reason) {
  const std::string token = world.token();
  const auto refreshed = world.verifier->refresh(seconds(60));
  REQUIRE_FALSE(refreshed.has_value());
  CHECK(refreshed.error().reason() == reason);
  CHECK(world.verifier->verify(token).has_value());  // the keys that are held go on serving
  world.mend();
  CHECK(world.recovers());
  CHECK(world.verifier->verify(token).has_value());
}

TEST_CASE("an answer that is broken on its way is no key set, and takes no key away",
          "[attack-188][attack-189][attack-190][attack-191][attack-192][attack-193][attack-195]"
          "[attack-206]") {
  const std::vector<Outage> outages = {
      {FaultKind::reset},
      {FaultKind::stall_headers, ErrorReason::fetch_failed, kSoon},
      {FaultKind::stall_body, ErrorReason::fetch_failed, kSoon},
      {FaultKind::drip, ErrorReason::fetch_failed, kSoon},
      {FaultKind::truncate},
      {FaultKind::oversize},
      {FaultKind::endless},
      {FaultKind::wrong_content_length},
      {FaultKind::bad_chunking},
      {FaultKind::redirect_loop},
      {FaultKind::redirect},
      {FaultKind::html, ErrorReason::document_rejected},
      {FaultKind::gzip_bomb},
  };
  for (const Outage& each : outages) {
    DYNAMIC_SECTION(to_string(each.kind) << " before the first keys") {
      const FaultyWorld world(false, each.patience);
      world.break_key_set(each.kind);
      check_cold(world, each.reason);
    }
    DYNAMIC_SECTION(to_string(each.kind) << " later") {
      const FaultyWorld world(false, each.patience);
      world.warm_up();
      world.break_key_set(each.kind);
      check_warm(world, each.reason);
    }
  }
}

TEST_CASE("a port that is closed for a while is an outage, and nothing else", "[claim-42]") {
  const FaultyWorld world;
  const std::string token = world.token();
  REQUIRE(world.verifier->verify(token).has_value());
  world.break_it({.kind = FaultKind::refuse, .duration = seconds(5)});
  const auto refreshed = world.verifier->refresh(seconds(60));
  REQUIRE_FALSE(refreshed.has_value());
  CHECK(refreshed.error().reason() == ErrorReason::fetch_failed);
  CHECK(world.verifier->verify(token).has_value());
  world.clock->advance(minutes(10));
  CHECK(world.recovers());
}

TEST_CASE("connections that fail before a request are given up, with keys and without",
          "[attack-189][attack-197]") {
  for (const FaultKind kind : {FaultKind::stall_handshake, FaultKind::tls_expired,
                               FaultKind::tls_wrong_host, FaultKind::tls_self_signed}) {
    DYNAMIC_SECTION(to_string(kind) << " before the first keys") {
      const FaultyWorld world(true, kSoon);
      world.break_it({.kind = kind});
      check_cold(world, ErrorReason::fetch_failed);
    }
    DYNAMIC_SECTION(to_string(kind) << " later") {
      const FaultyWorld world(true, kSoon);
      world.warm_up();
      world.break_it({.kind = kind});
      world.hang_up();
      check_warm(world, ErrorReason::fetch_failed);
    }
  }
}

TEST_CASE("a content type that is not JSON's is no obstacle unless it is HTML", "[attack-192]") {
  const FaultyWorld world;
  world.break_it({.kind = FaultKind::wrong_content_type, .path = std::string(kJwksPath)});
  CHECK(world.verifier->verify(world.token()).has_value());
  world.issuer.clear_faults();
  world.warm_up();
  world.break_it({.kind = FaultKind::wrong_content_type,
                  .path = std::string(kJwksPath),
                  .content_type = "text/html"});
  check_warm(world, ErrorReason::document_rejected);
}

TEST_CASE("a set without one usable key is no key set, and takes no key away",
          "[attack-186][claim-43]") {
  for (const FaultKind kind : {FaultKind::use_enc, FaultKind::private_member, FaultKind::bad_base64,
                               FaultKind::empty_set}) {
    DYNAMIC_SECTION(to_string(kind) << " before the first keys") {
      const FaultyWorld world;
      world.break_key_set(kind);
      check_cold(world, ErrorReason::document_rejected);
    }
    DYNAMIC_SECTION(to_string(kind) << " later") {
      const FaultyWorld world;
      world.warm_up();
      world.break_key_set(kind);
      check_warm(world, ErrorReason::document_rejected);
    }
  }
}

TEST_CASE("a bad key among good ones does not keep the good ones from being used", "[attack-187]") {
  for (const FaultKind kind :
       {FaultKind::unknown_kty, FaultKind::oct_key, FaultKind::weak_rsa, FaultKind::exponent_one}) {
    DYNAMIC_SECTION(to_string(kind)) {
      const FaultyWorld world;
      const std::string honest = world.issuer.jwks();
      world.break_key_set(kind);
      CHECK(world.verifier->verify(world.token(Algorithm::es256)).has_value());
      CHECK(world.verifier->verify(world.token(Algorithm::eddsa)).has_value());
      CHECK(world.issuer.jwks() == honest);  // the fault is in what is served
      CHECK(world.issuer.requests(kJwksPath) == 1);
    }
  }
}

TEST_CASE("points off their curves are no keys, and those of other types are", "[attack-187]") {
  const FaultyWorld world;
  world.break_key_set(FaultKind::off_curve);
  CHECK(world.verifier->verify(world.token(Algorithm::eddsa)).has_value());
  const auto refused = world.verifier->verify(world.token(Algorithm::es256));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == ErrorCode::key_rejected);
}

TEST_CASE("a kid that two keys have is the kid of the key that signed, or of none") {
  const FaultyWorld world;
  world.break_key_set(FaultKind::duplicate_kid);
  const auto verified = world.verifier->verify(world.token(Algorithm::es256));
  if (verified) {
    CHECK(verified->key_thumbprint() == world.issuer.key_id(Algorithm::es256));
  } else {
    CHECK(verified.error().code() == ErrorCode::key_ambiguous);
  }
  CHECK(world.verifier->verify(world.token(Algorithm::eddsa)).has_value());
}

TEST_CASE("a set without kids does not verify a token that names one") {
  const FaultyWorld world;
  world.break_key_set(FaultKind::missing_kid);
  check_refused(world.verifier->verify(world.token()), ErrorCode::unknown_key);
  const std::string nameless =
      take(world.issuer.issue({.audience = std::string(kAudience), .header = {{"kid", ""}}}));
  CHECK(world.verifier->verify(nameless).has_value());
}

TEST_CASE("a fault that counts hits as often as it says, and is over then") {
  const FaultyWorld world;
  world.break_it({.kind = FaultKind::html, .path = std::string(kJwksPath), .count = 1});
  check_refused(world.verifier->verify(world.token()), ErrorCode::keys_unavailable,
                ErrorReason::document_rejected);
  CHECK(world.verifier->refresh(seconds(30)).has_value());
  CHECK(world.verifier->verify(world.token()).has_value());
}

}  // namespace
