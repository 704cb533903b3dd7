#pragma once

// The emulator and a verifier that meet over a real socket.

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "jwks/emulator.hpp"
#include "jwks/jwks_verifier.hpp"
#include "support/catch.hpp"

namespace test {

using jwks::Algorithm;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::emulator::Emulator;
using jwks::emulator::Rotation;
using jwks::emulator::TokenRequest;

inline constexpr std::string_view kAudience = "orders-api";

template <class T>
T take(jwks::Result<T> result) {
  if (!result) FAIL(result.error().message());
  return std::move(result).value();
}

inline void take_nothing(const jwks::Result<void>& result) {
  if (!result) FAIL(result.error().message());
}

/// Options for a verifier of this issuer by discovery.
inline jwks::VerifierOptions options_for(const Emulator& issuer) {
  return {.issuer = issuer.issuer(),
          .audiences = {std::string(kAudience)},
          .cache = {.caller_wait = std::chrono::seconds(60)},  // never the reason for an answer
          .http = {.allow_loopback_http = true}};
}

/// Finding RSA keys takes its time; tests that don't need them do without.
inline jwks::emulator::EmulatorOptions small_keys() {
  return {.keys = {{.algorithm = Algorithm::es256}, {.algorithm = Algorithm::eddsa}}};
}

struct World {
  explicit World(jwks::emulator::EmulatorOptions options = small_keys())
      : issuer(take(Emulator::start(std::move(options)))),
        verifier(take(jwks::JwksVerifier::create(options_for(issuer)))) {}

  [[nodiscard]] std::string token(TokenRequest request = {}) const {
    if (request.audience.empty()) request.audience = kAudience;
    return take(issuer.issue(request));
  }
  [[nodiscard]] std::size_t jwks_requests() const {
    return issuer.requests(issuer.jwks_uri().substr(issuer.url().size()));
  }

  Emulator issuer;
  jwks::JwksVerifier verifier;
};

inline void check_refused(const jwks::Result<jwks::VerifiedToken>& token, ErrorCode code,
                          ErrorReason reason = ErrorReason::none) {
  REQUIRE_FALSE(token.has_value());
  CAPTURE(token.error().message());
  CHECK(token.error().code() == code);
  CHECK(token.error().reason() == reason);
}

}  // namespace test
