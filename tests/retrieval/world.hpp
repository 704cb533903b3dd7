#pragma once

// A verifier with the real fetcher and the machine's clock, and an issuer that misbehaves: what
// does the verifier answer that never had keys, and what the one that holds good ones?

#include <chrono>
#include <string>
#include <utility>

#include "jwks/jwks_verifier.hpp"
#include "support/issuer_fixture.hpp"
#include "support/raw_server.hpp"

namespace test {

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::JwksVerifier;
using jwks::VerifierOptions;

/// A token of `signer` that is good now.
inline std::string good_token(const SigningKey& signer = key_a()) {
  const auto now = std::chrono::system_clock::now();
  return token(signer)
      .claim("iat", now - std::chrono::seconds(10))
      .claim("exp", now + std::chrono::hours(1))
      .build()
      .value();
}

inline std::string good_keys() { return keys_of({key_a()}); }

inline VerifierOptions options_for(std::string jwks_uri) {
  VerifierOptions options;
  options.issuer = kIssuer;
  options.audiences = {std::string(kAudience)};
  options.jwks_uri = std::move(jwks_uri);
  options.http.allow_loopback_http = true;
  options.cache.background_refresh = false;
  options.cache.caller_wait = std::chrono::seconds(60);  // never the reason for an answer
  return options;
}

/// Options under which a server that stalls is given up soon.
inline VerifierOptions impatient(VerifierOptions options) {
  options.http.connect_timeout = std::chrono::milliseconds(100);
  options.http.total_timeout = std::chrono::milliseconds(200);
  return options;
}

/// The answer of a verifier that never had keys; an error about nothing if it accepts the token.
inline jwks::Error first_answer(const VerifierOptions& options) {
  const auto verifier = JwksVerifier::create(options).value();
  const auto result = verifier.verify(good_token());
  return result ? jwks::Error(ErrorCode{}) : result.error();
}
inline jwks::Error first_answer(const Answer& answer) {
  const RawServer server(answer);
  return first_answer(options_for(server.url()));
}

inline bool accepts(const Answer& answer) { return first_answer(answer).code() == ErrorCode{}; }

/// Tells whether `answer` is refused for `reason`, both without keys and, by a refresh, with: then
/// the keys that are held go on serving.
inline bool refuses(const Answer& answer, ErrorReason reason,
                    VerifierOptions options = options_for("")) {
  RawServer server(answer);
  options.jwks_uri = server.url();
  const jwks::Error first = first_answer(options);
  UNSCOPED_INFO("without keys: " << first.message());
  if (first.code() != ErrorCode::keys_unavailable || first.reason() != reason) return false;

  server.set(reply(good_keys()));
  const auto verifier = JwksVerifier::create(options).value();
  if (!verifier.verify(good_token())) return false;
  server.set(answer);
  const auto refreshed = verifier.refresh(std::chrono::seconds(60));
  UNSCOPED_INFO("with keys: " << (refreshed ? "fetched" : refreshed.error().message()));
  return !refreshed && refreshed.error().reason() == reason &&
         verifier.verify(good_token()).has_value() && verifier.stats().fetch_failures == 1;
}

}  // namespace test
