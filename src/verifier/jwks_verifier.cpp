#include "jwks/jwks_verifier.hpp"

#include <new>
#include <utility>

#include "verifier/options.hpp"
#include "verifier/state.hpp"

namespace jwks {
inline namespace v0 {

using source::KeySource;

// --- Life ---

Result<JwksVerifier> JwksVerifier::create(VerifierOptions options) {
  try {
    auto setup = verifier::set_up(std::move(options));
    if (!setup) return setup.error();
    auto state = std::make_shared<State>(setup->policy, setup->source.flight.clock);
    state->bad_signature_refresh = setup->source.flight.cache.bad_signature_refresh;
    state->remember_tokens(setup->token_cache);
    auto lease = std::make_shared<Lease>();
    state->source = lease->source = KeySource::start(std::move(setup->source));
    return JwksVerifier(std::move(state), std::move(lease));
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
    auto state = std::make_shared<State>(std::move(policy).value(),
                                         clock ? std::move(clock) : Clock::system());
    state->static_keys = std::move(keys);
    return JwksVerifier(std::move(state), nullptr);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

Result<JwksVerifier> JwksVerifier::sharing_keys(ValidationOptions validation) const noexcept {
  try {
    auto policy =
        verifier::share_policy(state_->policy.options(), std::move(validation),
                               state_->source ? verifier::Keys::published : verifier::Keys::given);
    if (!policy) return policy.error();
    auto state = std::make_shared<State>(std::move(policy).value(), state_->clock);
    state->static_keys = state_->static_keys;
    state->bad_signature_refresh = state_->bad_signature_refresh;
    state->remember_tokens(state_->token_cache_options);
    state->source = state_->source;
    return JwksVerifier(std::move(state), lease_);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  } catch (const std::exception& e) {
    return Error(ErrorCode::bad_config).because(e.what());
  }
}

JwksVerifier::JwksVerifier(std::shared_ptr<State> state,
                           std::shared_ptr<const Lease> lease) noexcept
    : state_(std::move(state)), lease_(std::move(lease)) {}
JwksVerifier::JwksVerifier(JwksVerifier&&) noexcept = default;
JwksVerifier& JwksVerifier::operator=(JwksVerifier&& other) noexcept {
  if (this != &other) {
    const JwksVerifier replaced(std::move(*this));  // ends last: that may call back
    state_ = std::move(other.state_);
    lease_ = std::move(other.lease_);
  }
  return *this;
}
JwksVerifier::~JwksVerifier() = default;

// --- Use ---

Result<VerifiedToken> JwksVerifier::verify(std::string_view token,
                                           const Presentation& presentation) const noexcept {
  return state_->counted(token, presentation, KeySource::Wait::allowed);
}

Result<VerifiedToken> JwksVerifier::verify_cached(std::string_view token,
                                                  const Presentation& presentation) const noexcept {
  return state_->counted(token, presentation, KeySource::Wait::never);
}

Result<void> JwksVerifier::warm_up(std::chrono::milliseconds deadline, WarmUp mode) const noexcept {
  if (!state_->source) return {};
  try {
    const auto state = state_;  // see close
    return state->source->warm_up(deadline, mode == WarmUp::fail_fast);
  } catch (...) {
    return Error(ErrorCode::out_of_memory);
  }
}

Result<void> JwksVerifier::refresh(std::chrono::milliseconds deadline) const noexcept {
  if (!state_->source) return {};
  try {
    const auto state = state_;  // see close
    return state->source->refresh(deadline);
  } catch (...) {
    return Error(ErrorCode::out_of_memory);
  }
}

void JwksVerifier::verify_async(std::string_view token, VerifyCallback callback,
                                const Presentation& presentation) const noexcept {
  const auto state = state_;  // the callback may destroy this verifier
  state->verify_async(token, std::move(callback), presentation);
}

Result<std::string> JwksVerifier::export_snapshot() const noexcept {
  if (!state_->source) return Error(ErrorCode::bad_config).because("the keys are static");
  try {
    return state_->source->export_snapshot();
  } catch (...) {
    return Error(ErrorCode::out_of_memory);
  }
}

Result<void> JwksVerifier::import_snapshot(std::string_view snapshot) const noexcept {
  if (!state_->source) return Error(ErrorCode::bad_config).because("the keys are static");
  try {
    const auto state = state_;  // see close
    return state->source->import_snapshot(snapshot);
  } catch (...) {
    return Error(ErrorCode::out_of_memory);
  }
}

void JwksVerifier::close() const noexcept {
  const auto state = state_;  // the callbacks of those who wait may destroy this verifier
  if (state && state->source) state->source->close();
}

}  // namespace v0
}  // namespace jwks
