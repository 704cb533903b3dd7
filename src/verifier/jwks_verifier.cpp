#include "jwks/jwks_verifier.hpp"

#include <new>
#include <utility>

#include "verifier/options.hpp"
#include "verifier/state.hpp"

namespace jwks {
inline namespace v0 {

using source::KeySource;

Result<JwksVerifier> JwksVerifier::create(VerifierOptions options) {
  try {
    auto setup = verifier::set_up(std::move(options));
    if (!setup) return setup.error();
    auto state = std::make_shared<State>(setup->policy, setup->source.flight.clock);
    state->bad_signature_refresh = setup->source.flight.cache.bad_signature_refresh;
    if (setup->token_cache.max_entries > 0)
      state->token_cache =
          std::make_unique<verifier::TokenCache>(setup->token_cache, source::random_hash_key());
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
    auto state = std::make_shared<State>(std::move(policy).value(),
                                         clock ? std::move(clock) : Clock::system());
    state->static_keys = std::move(keys);
    return JwksVerifier(std::move(state));
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

JwksVerifier::JwksVerifier(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
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
