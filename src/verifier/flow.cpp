// How a JwksVerifier comes to an answer: with the keys at hand, and if none of them answers to the
// token, once more with what the source finds.

#include <new>

#include "jose/pre_check.hpp"
#include "jose/token_state.hpp"
#include "verifier/state.hpp"

namespace jwks {
inline namespace v0 {

using source::KeysInHand;
using source::KeySource;

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

  auto keys = source->keys_for(source::Inquiry{*hint}, wait);
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
  results.count(result);
  return result;
}

}  // namespace v0
}  // namespace jwks
