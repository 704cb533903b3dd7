// How a JwksVerifier comes to an answer: with the keys at hand, and if they don't settle it, once
// more with what the source finds, now or later.

#include <new>
#include <optional>
#include <utility>

#include "jose/pre_check.hpp"
#include "jose/recheck.hpp"
#include "jose/token_state.hpp"
#include "verifier/parked_token.hpp"
#include "verifier/state.hpp"

namespace jwks {
inline namespace v0 {

using source::KeysInHand;
using source::KeySource;
using verifier::ParkedToken;
using verifier::Question;

namespace {

/// Runs `steps` and turns what they throw into an error.
template <class Steps>
auto without_exceptions(Steps&& steps) noexcept -> decltype(steps()) {
  try {
    return steps();
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  } catch (...) {
    // A clock of the application, or the system refusing a lock.
    return Error(ErrorCode::keys_unavailable, ErrorReason::fetch_failed)
        .because("an exception was thrown on the way to the keys");
  }
}

/// Calls back with the answer. The application's exceptions are its own matter.
void tell(VerifyCallback& callback, Result<VerifiedToken>&& answer) noexcept {
  try {
    callback(std::move(answer));
  } catch (...) {  // NOLINT(bugprone-empty-catch): see above
  }
}

}  // namespace

// --- One look ---

Result<VerifiedToken> JwksVerifier::State::verify_with(std::string_view token,
                                                       const Presentation& presentation,
                                                       const KeysInHand& keys, WallTime now,
                                                       PreChecked* hint) {
  if (!keys.snapshot)
    return jose::verify_or_pre_check(token, no_keys, policy, now, presentation, hint);

  // Not before the removed keys don't have it either.
  PreChecked* const first_hint = keys.in_grace ? nullptr : hint;
  auto result = token_cache ? verify_remembering(token, presentation, keys, now, first_hint)
                            : jose::verify_or_pre_check(token, keys.snapshot->keys, policy, now,
                                                        presentation, first_hint);
  if (!result && keys.in_grace && result.error().code() == ErrorCode::unknown_key) {
    result =
        jose::verify_or_pre_check(token, keys.snapshot->removed, policy, now, presentation, hint);
  }
  if (result) {
    detail::TokenAccess::set_key_age(*result, keys.age, keys.stale);
    if (keys.stale) source->count_stale_use();
  }
  return result;
}

Result<VerifiedToken> JwksVerifier::State::verify_remembering(std::string_view token,
                                                              const Presentation& presentation,
                                                              const KeysInHand& keys, WallTime now,
                                                              PreChecked* hint) {
  const std::uint64_t generation = keys.snapshot->generation;
  if (auto known = token_cache->find(token, generation, keys.at)) {
    if (const auto good = jose::recheck(*known, token, policy, now, presentation); !good)
      return good.error();
    results.count_token_cache_hit();
    return *std::move(known);
  }
  auto result =
      jose::verify_or_pre_check(token, keys.snapshot->keys, policy, now, presentation, hint);
  if (result) token_cache->insert(token, *result, generation, now, keys.at);
  return result;
}

Result<VerifiedToken> JwksVerifier::State::look(std::string_view token,
                                                const Presentation& presentation,
                                                std::optional<Question>& asked) {
  if (!source) return jwks::verify(token, static_keys, policy, clock->wall_now(), presentation);

  const KeysInHand held = source->keys_now();
  const WallTime now = clock->wall_now();
  PreChecked hint;
  auto first = verify_with(token, presentation, held, now, &hint);
  if (first || !may_ask_after(first.error())) return first;

  auto question = question_after(first.error(), token, held, now, std::move(hint));
  if (!question) return question.error();
  asked = std::move(question).value();
  return first;
}

// --- What is asked of the source, and what becomes of its answer ---

bool JwksVerifier::State::may_ask_after(const Error& error) const noexcept {
  return error.code() == ErrorCode::unknown_key ||
         (error.code() == ErrorCode::bad_signature && bad_signature_refresh);
}

Result<Question> JwksVerifier::State::question_after(const Error& first, std::string_view token,
                                                     const KeysInHand& held, WallTime now,
                                                     PreChecked&& known) const {
  const bool distrusts = first.code() == ErrorCode::bad_signature;
  // Only a token that could pass with some key is worth asking the issuer.
  Result<jose::KeyHint> hint = known ? *std::move(known) : jose::pre_check(token, policy, now);
  if (!hint) return distrusts ? first : hint.error();
  const bool kid_required = policy.options().key_selection == KeySelection::require_kid;
  if (!hint->has_key_id && kid_required) return first;
  return Question{.inquiry = {.hint = std::move(hint).value(),
                              .distrusted = distrusts ? held.snapshot->generation : 0},
                  .first = first,
                  .had_keys = held.snapshot != nullptr};
}

Result<VerifiedToken> JwksVerifier::State::conclude(std::string_view token,
                                                    const Presentation& presentation,
                                                    const Question& question,
                                                    const Result<KeysInHand>& keys) {
  const jose::KeyHint& hint = question.inquiry.hint;
  if (!keys) {
    if (question.distrusts()) return question.first;
    return Error(keys.error()).for_key(hint.key_id).with_algorithm(hint.algorithm);
  }
  auto second = verify_with(token, presentation, *keys, clock->wall_now(), nullptr);
  if (second) {
    if (question.had_keys) {
      detail::TokenAccess::mark_key_refreshed(*second);
      source->report_recovery(hint.key_id);
    }
    return second;
  }
  // Unless the new key has verified it, the signature stays what it was.
  if (question.distrusts() && second.error().category() != ErrorCategory::claims)
    return question.first;
  return second;
}

// --- At once ---

Result<VerifiedToken> JwksVerifier::State::verify(std::string_view token,
                                                  const Presentation& presentation,
                                                  KeySource::Wait wait,
                                                  std::shared_ptr<State>& self) {
  std::optional<Question> asked;
  auto first = look(token, presentation, asked);
  if (!asked) return first;
  self = shared_from_this();
  return conclude(token, presentation, *asked, source->keys_for(asked->inquiry, wait));
}

Result<VerifiedToken> JwksVerifier::State::counted(std::string_view token,
                                                   const Presentation& presentation,
                                                   KeySource::Wait wait) noexcept {
  // Set where it waits: whoever else waits, or the owner, may destroy the verifier meanwhile.
  std::shared_ptr<State> self;
  auto result = without_exceptions([&] { return verify(token, presentation, wait, self); });
  results.count(result);
  return result;
}

// --- Or later ---

std::optional<Result<VerifiedToken>> JwksVerifier::State::verify_or_park(
    std::string_view token, const Presentation& presentation, VerifyCallback& callback,
    std::shared_ptr<ParkedToken>& parked) {
  std::optional<Question> asked;
  auto first = look(token, presentation, asked);
  if (!asked) return first;
  const auto keys = source->keys_for(asked->inquiry, [&]() -> source::OnKeys {
    parked = std::make_shared<ParkedToken>(token, presentation, *asked);
    source::OnKeys then = [self = shared_from_this(), parked](const Result<KeysInHand>& found) {
      self->resume(*parked, found);
    };
    parked->callback = std::move(callback);  // last: it must not get lost
    return then;
  });
  if (!keys) return std::nullopt;
  return conclude(token, presentation, *asked, *keys);
}

void JwksVerifier::State::verify_async(std::string_view token, VerifyCallback callback,
                                       const Presentation& presentation) noexcept {
  std::shared_ptr<ParkedToken> parked;
  auto answer =
      without_exceptions([&] { return verify_or_park(token, presentation, callback, parked); });
  if (!answer) return;
  // Where it need not wait after all, or memory ran out on the way, one of the two has it.
  if (parked && parked->callback) callback = std::move(parked->callback);
  results.count(*answer);
  tell(callback, *std::move(answer));
}

void JwksVerifier::State::resume(ParkedToken& parked, const Result<KeysInHand>& keys) noexcept {
  auto answer = without_exceptions(
      [&] { return conclude(parked.token(), parked.presentation(), parked.question, keys); });
  results.count(answer);
  tell(parked.callback, std::move(answer));
}

}  // namespace v0
}  // namespace jwks
