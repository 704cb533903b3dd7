// What a JwksVerifier says about itself.

#include "base/text.hpp"
#include "verifier/state.hpp"

namespace jwks {
inline namespace v0 {

Health JwksVerifier::health() const {
  if (state_->source) return state_->source->health();
  Health health;
  health.state = KeySetState::static_keys;
  for (const Jwk& key : state_->static_keys.keys())
    health.kids.push_back(text::escape(key.key_id(), 64));
  return health;
}

Stats JwksVerifier::stats() const {
  Stats stats;
  state_->results.report(stats);
  if (state_->token_cache) state_->token_cache->report(stats);
  if (state_->source) state_->source->report(stats);
  return stats;
}

SourceMetrics JwksVerifier::metrics() const {
  const std::string& issuer = state_->policy.options().issuer;
  const auto& source = state_->source;
  return {.issuer = source ? source->name() : issuer, .stats = stats(), .health = health()};
}

}  // namespace v0
}  // namespace jwks
