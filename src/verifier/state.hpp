#pragma once

// Inside of JwksVerifier. Shared with the callbacks that wait for a key, so that the verifier may
// be destroyed before they have run.

#include <memory>
#include <optional>
#include <string_view>

#include "jose/pre_check.hpp"
#include "jwks/jwks_verifier.hpp"
#include "source/key_source.hpp"
#include "verifier/parked_token.hpp"
#include "verifier/result_counters.hpp"
#include "verifier/token_cache.hpp"

namespace jwks {
inline namespace v0 {

/// Held by every verifier that uses a source, and not by what waits for it: whoever still waits
/// when the last verifier goes is woken by the end of the lease.
struct JwksVerifier::Lease {
  Lease() = default;
  ~Lease() {
    if (source) source->close();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  std::shared_ptr<source::KeySource> source{};
};

struct JwksVerifier::State : std::enable_shared_from_this<JwksVerifier::State> {
  State(ValidationPolicy with, std::shared_ptr<Clock> by)
      : policy(std::move(with)), clock(std::move(by)) {}

  /// Before the first token only.
  void remember_tokens(const TokenCacheOptions& options) {
    token_cache_options = options;
    if (options.max_entries == 0) return;
    token_cache = std::make_unique<verifier::TokenCache>(options, source::random_hash_key());
  }

  // flow.cpp
  [[nodiscard]] Result<VerifiedToken> counted(std::string_view token,
                                              const Presentation& presentation,
                                              source::KeySource::Wait wait) noexcept;
  void verify_async(std::string_view token, VerifyCallback callback,
                    const Presentation& presentation) noexcept;

  /// Sets `self` before it waits.
  [[nodiscard]] Result<VerifiedToken> verify(std::string_view token,
                                             const Presentation& presentation,
                                             source::KeySource::Wait wait,
                                             std::shared_ptr<State>& self);
  /// Empty: the callback comes later, with what was copied into `parked`.
  [[nodiscard]] std::optional<Result<VerifiedToken>> verify_or_park(
      std::string_view token, const Presentation& presentation, VerifyCallback& callback,
      std::shared_ptr<verifier::ParkedToken>& parked);
  void resume(verifier::ParkedToken& parked, const Result<source::KeysInHand>& keys) noexcept;

  using WallTime = std::chrono::system_clock::time_point;
  /// What may be known of a token whose key is not at hand, where the look at it has told.
  using PreChecked = std::optional<Result<jose::KeyHint>>;

  /// What the keys at hand say. Sets `asked` if the source may change that.
  [[nodiscard]] Result<VerifiedToken> look(std::string_view token, const Presentation& presentation,
                                           std::optional<verifier::Question>& asked);
  [[nodiscard]] Result<VerifiedToken> verify_with(std::string_view token,
                                                  const Presentation& presentation,
                                                  const source::KeysInHand& keys, WallTime now,
                                                  PreChecked* hint);
  /// *Precondition:* there are keys.
  [[nodiscard]] Result<VerifiedToken> verify_remembering(std::string_view token,
                                                         const Presentation& presentation,
                                                         const source::KeysInHand& keys,
                                                         WallTime now, PreChecked* hint);
  [[nodiscard]] bool may_ask_after(const Error& error) const noexcept;
  /// *Failure:* the token's answer, if the source is not to be asked.
  [[nodiscard]] Result<verifier::Question> question_after(const Error& first,
                                                          std::string_view token,
                                                          const source::KeysInHand& held,
                                                          WallTime now, PreChecked&& known) const;
  [[nodiscard]] Result<VerifiedToken> conclude(std::string_view token,
                                               const Presentation& presentation,
                                               const verifier::Question& question,
                                               const Result<source::KeysInHand>& keys);

  const ValidationPolicy policy;
  const std::shared_ptr<Clock> clock;
  JwkSet static_keys{};
  /// Without a snapshot no key is trusted now: against these, every token that gets as far as its
  /// key is `unknown_key`. No local static, whose making a fork could interrupt for ever.
  const JwkSet no_keys{};
  bool bad_signature_refresh = false;           ///< see CacheOptions
  std::shared_ptr<source::KeySource> source{};  ///< null for static keys
  TokenCacheOptions token_cache_options{};
  std::unique_ptr<verifier::TokenCache> token_cache{};  ///< null: off
  verifier::ResultCounters results{};
};

}  // namespace v0
}  // namespace jwks
