#pragma once

// Inside of JwksVerifier. Shared with the callbacks that wait for a key, so that the verifier may
// be destroyed before they have run.

#include <memory>
#include <string_view>

#include "jwks/jwks_verifier.hpp"
#include "source/key_source.hpp"
#include "verifier/result_counters.hpp"
#include "verifier/token_cache.hpp"

namespace jwks {
inline namespace v0 {

struct JwksVerifier::State : std::enable_shared_from_this<JwksVerifier::State> {
  State(ValidationPolicy with, std::shared_ptr<Clock> by)
      : policy(std::move(with)), clock(std::move(by)) {}

  // flow.cpp
  [[nodiscard]] Result<VerifiedToken> verify(std::string_view token,
                                             const Presentation& presentation,
                                             source::KeySource::Wait wait);
  [[nodiscard]] Result<VerifiedToken> verify_with(std::string_view token,
                                                  const Presentation& presentation,
                                                  const source::KeysInHand& keys);
  [[nodiscard]] Result<VerifiedToken> counted(std::string_view token,
                                              const Presentation& presentation,
                                              source::KeySource::Wait wait) noexcept;

  const ValidationPolicy policy;
  const std::shared_ptr<Clock> clock;
  JwkSet static_keys{};
  std::shared_ptr<source::KeySource> source{};          ///< null for static keys
  std::unique_ptr<verifier::TokenCache> token_cache{};  ///< null: off
  verifier::ResultCounters results{};
};

}  // namespace v0
}  // namespace jwks
