#include "jwks/jwks_verifier.hpp"

#include <atomic>
#include <new>
#include <utility>

#include "base/text.hpp"
#include "jose/pre_check.hpp"
#include "jose/token_state.hpp"
#include "source/key_source.hpp"
#include "verifier/options.hpp"

namespace jwks {
inline namespace v0 {

using source::KeysInHand;
using source::KeySource;

struct JwksVerifier::State {
  State(ValidationPolicy with, std::shared_ptr<Clock> by)
      : policy(std::move(with)), clock(std::move(by)) {}

  [[nodiscard]] Result<VerifiedToken> verify(std::string_view token,
                                             const Presentation& presentation,
                                             KeySource::Wait wait);
  [[nodiscard]] Result<VerifiedToken> verify_with(std::string_view token,
                                                  const Presentation& presentation,
                                                  const KeysInHand& keys);
  [[nodiscard]] Result<VerifiedToken> counted(std::string_view token,
                                              const Presentation& presentation,
                                              KeySource::Wait wait) noexcept;

  const ValidationPolicy policy;
  const std::shared_ptr<Clock> clock;
  JwkSet static_keys{};
  std::shared_ptr<KeySource> source{};  ///< null for static keys
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> unavailable{0};
};

// --- The flow ---

Result<VerifiedToken> JwksVerifier::State::verify(std::string_view token,
                                                  const Presentation& presentation,
                                                  KeySource::Wait wait) {
  if (!source) return jwks::verify(token, static_keys, policy, clock->wall_now(), presentation);

  const KeysInHand held = source->keys_now();
  auto first = verify_with(token, presentation, held);
  if (first || first.error().code() != ErrorCode::unknown_key) return first;

  // No key for this token. Only one that could pass with some key is worth asking the issuer.
  auto hint = jose::pre_check(token, policy, clock->wall_now());
  if (!hint) return hint.error();
  if (!hint->has_key_id && policy.options().key_selection == KeySelection::require_kid)
    return first;

  auto keys = source->keys_for(*hint, wait);
  if (!keys) return Error(keys.error()).for_key(hint->key_id).with_algorithm(hint->algorithm);

  auto second = verify_with(token, presentation, *keys);
  if (second && held.snapshot) {  // a first load is no rotation
    detail::TokenAccess::mark_key_refreshed(*second);
    source->report_recovery(hint->key_id);
  }
  return second;
}

/// Without a snapshot no key is trusted now, so that every token which gets as far as its key is
/// `unknown_key`.
Result<VerifiedToken> JwksVerifier::State::verify_with(std::string_view token,
                                                       const Presentation& presentation,
                                                       const KeysInHand& keys) {
  static const JwkSet kNoKeys;
  auto result = jwks::verify(token, keys.snapshot ? keys.snapshot->keys : kNoKeys, policy,
                             clock->wall_now(), presentation);
  if (result && keys.snapshot) {
    detail::TokenAccess::set_key_age(*result, keys.age, keys.stale);
    if (keys.stale) source->count_stale_use();
  }
  return result;
}

Result<VerifiedToken> JwksVerifier::State::counted(std::string_view token,
                                                   const Presentation& presentation,
                                                   KeySource::Wait wait) noexcept {
  auto result = [&]() noexcept -> Result<VerifiedToken> {
    try {
      return verify(token, presentation, wait);
    } catch (const std::bad_alloc&) {
      return Error(ErrorCode::out_of_memory);
    } catch (...) {
      // A clock of the application, or the system refusing a lock.
      return Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed)
          .because("an exception was thrown on the way to the keys");
    }
  }();
  auto& counter = result                                                    ? accepted
                  : result.error().category() == ErrorCategory::unavailable ? unavailable
                                                                            : refused;
  counter.fetch_add(1, std::memory_order_relaxed);
  return result;
}

// --- The public face ---

Result<JwksVerifier> JwksVerifier::create(VerifierOptions options) {
  try {
    auto setup = verifier::set_up(std::move(options));
    if (!setup) return setup.error();
    auto state = std::make_unique<State>(setup->policy, setup->source.flight.clock);
    state->source = KeySource::start(std::move(setup->source));
    return JwksVerifier(std::move(state));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  } catch (const std::exception& e) {
    return Error(ErrorCode::bad_config).because(e.what());
  }
}

Result<JwksVerifier> JwksVerifier::create_static(JwkSet keys, ValidationOptions validation,
                                                 std::shared_ptr<Clock> clock) {
  try {
    auto policy = ValidationPolicy::create(std::move(validation));
    if (!policy) return policy.error();
    auto state = std::make_unique<State>(std::move(policy).value(),
                                         clock ? std::move(clock) : Clock::system());
    state->static_keys = std::move(keys);
    return JwksVerifier(std::move(state));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

JwksVerifier::JwksVerifier(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
JwksVerifier::JwksVerifier(JwksVerifier&&) noexcept = default;
JwksVerifier& JwksVerifier::operator=(JwksVerifier&& other) noexcept {
  if (this != &other) {
    close();
    state_ = std::move(other.state_);
  }
  return *this;
}
JwksVerifier::~JwksVerifier() { close(); }

Result<VerifiedToken> JwksVerifier::verify(std::string_view token,
                                           const Presentation& presentation) const noexcept {
  return state_->counted(token, presentation, KeySource::Wait::allowed);
}

Result<VerifiedToken> JwksVerifier::verify_cached(std::string_view token,
                                                  const Presentation& presentation) const noexcept {
  return state_->counted(token, presentation, KeySource::Wait::never);
}

Result<void> JwksVerifier::warm_up(std::chrono::milliseconds deadline) const noexcept {
  if (!state_->source) return {};
  try {
    return state_->source->warm_up(deadline);
  } catch (...) {
    return Error(ErrorCode::out_of_memory);
  }
}

Result<void> JwksVerifier::refresh(std::chrono::milliseconds deadline) const noexcept {
  if (!state_->source) return {};
  try {
    return state_->source->refresh(deadline);
  } catch (...) {
    return Error(ErrorCode::out_of_memory);
  }
}

Health JwksVerifier::health() const {
  if (state_->source) return state_->source->health();
  Health health;
  health.state = KeySetState::static_keys;
  for (const Jwk& key : state_->static_keys.keys())
    health.kids.push_back(text::escape(key.key_id(), 64));
  return health;
}

Stats JwksVerifier::stats() const noexcept {
  Stats stats;
  stats.accepted = state_->accepted.load(std::memory_order_relaxed);
  stats.refused = state_->refused.load(std::memory_order_relaxed);
  stats.unavailable = state_->unavailable.load(std::memory_order_relaxed);
  if (!state_->source) return stats;
  const source::SourceCounters& counters = state_->source->counters();
  stats.fetches = counters.fetches.load(std::memory_order_relaxed);
  stats.fetch_failures = counters.fetch_failures.load(std::memory_order_relaxed);
  stats.discovery_fetches = counters.discovery_fetches.load(std::memory_order_relaxed);
  stats.kid_misses = counters.kid_misses.load(std::memory_order_relaxed);
  stats.negative_hits = counters.negative_hits.load(std::memory_order_relaxed);
  stats.refreshes_suppressed = counters.suppressed.load(std::memory_order_relaxed);
  stats.stale_verifications = counters.stale_uses.load(std::memory_order_relaxed);
  stats.events_dropped = state_->source->events_dropped();
  return stats;
}

void JwksVerifier::close() const noexcept {
  if (state_ && state_->source) state_->source->close();
}

}  // namespace v0
}  // namespace jwks
