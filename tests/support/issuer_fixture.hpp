#pragma once

// A verifier over a scripted network and a fake clock: TTL 300 s, soft point at 240 s, a bucket of
// two forced refreshes. `keys_of` and `token_of` make documents and tokens of real keys.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "jwks/jwks_verifier.hpp"
#include "support/eventually.hpp"
#include "support/fake_clock.hpp"
#include "support/recording_observer.hpp"
#include "support/scripted_fetcher.hpp"
#include "support/tokens.hpp"

namespace test {

inline constexpr std::string_view kJwksUri = "https://issuer.example/jwks";

inline double half() noexcept { return 0.5; }           // soft point at 0.80 × TTL
inline double nearly_one() noexcept { return 0.9999; }  // back-off at its ceiling

/// Not from the table of support/tokens.hpp: threads ask for these at the same time.
inline const SigningKey& key_a() {
  static const SigningKey made = SigningKey::generate(Algorithm::es256, "key-a").value();
  return made;
}
inline const SigningKey& key_b() {
  static const SigningKey made = SigningKey::generate(Algorithm::es256, "key-b").value();
  return made;
}

inline std::string keys_of(const std::vector<SigningKey>& keys) {
  std::vector<std::string> entries;
  for (const SigningKey& each : keys) entries.push_back(each.public_jwk());
  return jwks_document(entries);
}

/// A token that stays valid however far a test moves the clock.
inline TokenBuilder lasting_token(const SigningKey& signer) {
  return token(signer).claim("exp", kNow + std::chrono::hours(24 * 30));
}
inline std::string token_of(const SigningKey& signer) {
  return lasting_token(signer).build().value();
}
/// A token that looks good but names a key that does not exist.
inline std::string token_with_kid(std::string_view kid) {
  return lasting_token(key_a())
      .header("kid", json_quoted(kid))
      .signature(std::string(64, 'x'))
      .build()
      .value();
}

struct Issuer {
  /// Fetches of one issuer don't run at the same time: tests with several give them names.
  std::string name{kIssuer};
  std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>(kNow);
  std::shared_ptr<ScriptedFetcher> fetcher = std::make_shared<ScriptedFetcher>();
  std::shared_ptr<RecordingObserver> observer = std::make_shared<RecordingObserver>();

  Issuer() { publish({key_a()}); }
  explicit Issuer(std::string named) : Issuer() { name = std::move(named); }

  [[nodiscard]] std::string token(const SigningKey& signer) const {
    return lasting_token(signer).claim("iss", json_quoted(name)).build().value();
  }
  [[nodiscard]] std::string token_with_kid(std::string_view kid) const {
    return lasting_token(key_a())
        .claim("iss", json_quoted(name))
        .header("kid", json_quoted(kid))
        .signature(std::string(64, 'x'))
        .build()
        .value();
  }

  void publish(const std::vector<SigningKey>& keys) const {
    fetcher->answer_with_body(keys_of(keys));
  }

  [[nodiscard]] jwks::VerifierOptions options(jwks::CacheOptions cache = {}) const {
    jwks::VerifierOptions options;
    options.issuer = name;
    options.audiences = {std::string(kAudience)};
    options.jwks_uri = kJwksUri;
    options.cache = cache;
    options.fetcher = fetcher;
    options.clock = clock;
    options.observer = observer;
    options.jitter = &half;
    return options;
  }
  [[nodiscard]] jwks::JwksVerifier verifier(jwks::CacheOptions cache = {}) const {
    return jwks::JwksVerifier::create(options(cache)).value();
  }
  /// One that has loaded its keys, and refreshes only when a caller comes.
  [[nodiscard]] jwks::JwksVerifier loaded(jwks::CacheOptions cache = {}) const {
    cache.background_refresh = false;
    auto made = verifier(cache);
    made.warm_up(std::chrono::seconds(5)).value();
    return made;
  }
};

/// The error of a refusal; throws if the token was accepted.
inline jwks::Error error_of(const jwks::Result<jwks::VerifiedToken>& result) {
  if (result) throw std::runtime_error("the token was accepted");
  return result.error();
}

}  // namespace test
