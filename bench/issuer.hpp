#pragma once

// An issuer without a network, and verifiers of its tokens.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "bench/failure.hpp"
#include "bench/samples.hpp"
#include "jwks/fetcher.hpp"
#include "jwks/jwks_verifier.hpp"

namespace bench {

/// Answers every request at once with the document it was given. *Threading:* any.
class Issuer final : public jwks::Fetcher {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Issuer(std::string document) : document_(std::move(document)) {}

  void publish(std::string document) {
    const std::lock_guard lock(mutex_);
    document_ = std::move(document);
  }

  Outcome fetch(const jwks::FetchRequest&, std::stop_token) override {
    const std::lock_guard lock(mutex_);
    ++requests_;
    Outcome outcome{jwks::FetchResponse{.status = 200, .body = document_}};
    answered_ = Clock::now();
    return outcome;
  }

  [[nodiscard]] unsigned requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// When it last answered.
  [[nodiscard]] Clock::time_point answered() const {
    const std::lock_guard lock(mutex_);
    return answered_;
  }

 private:
  mutable std::mutex mutex_;
  std::string document_;
  unsigned requests_ = 0;
  Clock::time_point answered_;
};

/// What the sample tokens ask of a verifier whose keys come from `issuer`.
inline jwks::VerifierOptions verifier_options(const Samples& samples,
                                              std::shared_ptr<jwks::Fetcher> issuer) {
  jwks::VerifierOptions options;
  options.issuer = kIssuer;
  options.jwks_uri = std::string(kIssuer) + "/jwks";
  options.validation = samples.policy.options();
  options.fetcher = std::move(issuer);
  return options;
}

/// A verifier that holds its keys.
inline jwks::JwksVerifier warm_verifier(jwks::VerifierOptions options) {
  auto verifier = take(jwks::JwksVerifier::create(std::move(options)), "JwksVerifier");
  require(verifier.warm_up(std::chrono::seconds(10)).has_value(), "the verifier gets no keys");
  return verifier;
}

/// The verifier that a service would have: of static keys for HMAC, else of an issuer's.
inline jwks::JwksVerifier make_verifier(const Samples& samples,
                                        jwks::TokenCacheOptions token_cache = {}) {
  if (samples.is_hmac()) {
    return take(jwks::JwksVerifier::create_static(samples.keys, samples.policy.options()),
                "JwksVerifier of static keys");
  }
  auto options = verifier_options(samples, std::make_shared<Issuer>(samples.document));
  options.token_cache = token_cache;
  return warm_verifier(std::move(options));
}

}  // namespace bench
