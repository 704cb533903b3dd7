#pragma once

// Any number of issuers on one fake clock, each with a network and a key of its own. All keys have
// the same kid, so that one issuer's key would be found for another's token if they were ever mixed
// up.

#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "jwks/multi_issuer_verifier.hpp"
#include "support/issuer_fixture.hpp"

namespace test {

/// What the process has allocated; 0 under a sanitizer, which brings an allocator of its own.
inline std::size_t bytes_in_use() { return mallinfo2().uordblks; }

class ManyIssuers {
 public:
  explicit ManyIssuers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      issuers_.push_back({.name = "https://issuer-" + std::to_string(1000 + i) + ".example",
                          .key = SigningKey::generate(Algorithm::es256, "the-key").value()});
      issuers_.back().fetcher->answer_with_body(keys_of({issuers_.back().key}));
    }
  }

  [[nodiscard]] std::size_t size() const { return issuers_.size(); }
  [[nodiscard]] const std::string& name(std::size_t i) const { return issuers_.at(i).name; }
  [[nodiscard]] const SigningKey& key(std::size_t i) const { return issuers_.at(i).key; }
  [[nodiscard]] ScriptedFetcher& fetcher(std::size_t i) const { return *issuers_.at(i).fetcher; }

  [[nodiscard]] jwks::VerifierOptions options(std::size_t i, jwks::CacheOptions cache = {}) const {
    jwks::VerifierOptions options;
    options.issuer = name(i);
    options.audiences = {std::string(kAudience)};
    options.jwks_uri = name(i) + "/jwks";
    options.cache = cache;
    options.fetcher = issuers_[i].fetcher;
    options.clock = clock;
    options.observer = observer;
    options.jitter = &half;
    return options;
  }
  [[nodiscard]] std::vector<jwks::VerifierOptions> all_options(
      jwks::CacheOptions cache = {}) const {
    std::vector<jwks::VerifierOptions> all;
    for (std::size_t i = 0; i < size(); ++i) all.push_back(options(i, cache));
    return all;
  }
  [[nodiscard]] jwks::MultiIssuerVerifier verifier(jwks::CacheOptions cache = {}) const {
    return jwks::MultiIssuerVerifier::create(all_options(cache)).value();
  }

  /// A token of one issuer, signed with its key.
  [[nodiscard]] std::string token(std::size_t i) const { return token(i, key(i)); }
  [[nodiscard]] std::string token(std::size_t i, const SigningKey& signer) const {
    return lasting_token(signer).claim("iss", json_quoted(name(i))).build().value();
  }

  /// Requests of all networks together.
  [[nodiscard]] std::size_t fetches() const {
    std::size_t sum = 0;
    for (const OneOfMany& each : issuers_) sum += each.fetcher->calls();
    return sum;
  }

  std::shared_ptr<FakeClock> clock = std::make_shared<FakeClock>(kNow);
  std::shared_ptr<RecordingObserver> observer = std::make_shared<RecordingObserver>();

 private:
  struct OneOfMany {
    std::string name;
    SigningKey key;
    std::shared_ptr<ScriptedFetcher> fetcher = std::make_shared<ScriptedFetcher>();
  };
  std::vector<OneOfMany> issuers_;
};

}  // namespace test
