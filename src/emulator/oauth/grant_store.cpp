#include "emulator/oauth/grant_store.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {
namespace {

using Time = EmulatorClock::Time;

/// 256 bits: nobody guesses one.
constexpr std::size_t kSecretBytes = 32;

const std::string& grant_id(const AuthorizationCode& code) noexcept { return code.grant.id; }
const std::string& grant_id(const Grant& grant) noexcept { return grant.id; }

}  // namespace

template <class Value>
std::optional<Held<Value>> GrantStore::look_up(const BoundedMap<Held<Value>>& held,
                                               std::string_view text) const {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  const Held<Value>* const found = held.find(text);
  if (found == nullptr || now >= found->expires_at) return std::nullopt;
  if (revoked_.find(grant_id(found->value)) != nullptr) return std::nullopt;
  return *found;
}

template <class Value>
bool GrantStore::spend(BoundedMap<Held<Value>>& held, std::string_view text) {
  const std::lock_guard lock(mutex_);
  Held<Value>* const found = held.find(text);
  if (found == nullptr) return false;
  if (found->is_spent) {
    revoked_.put(grant_id(found->value), {});
    return false;
  }
  found->is_spent = true;
  return true;
}

std::string GrantStore::add_code(AuthorizationCode code) {
  std::string text = random_text(kSecretBytes);
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  codes_.put(text, {std::move(code), now, time_after(now, kCodeLifetime)});
  return text;
}

std::string GrantStore::add_refresh_token(Grant grant) {
  std::string text = random_text(kSecretBytes);
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  refresh_tokens_.put(text, {std::move(grant), now, time_after(now, kRefreshTokenLifetime)});
  return text;
}

std::optional<Held<AuthorizationCode>> GrantStore::code(std::string_view text) const {
  return look_up(codes_, text);
}

std::optional<Held<Grant>> GrantStore::refresh_token(std::string_view text) const {
  return look_up(refresh_tokens_, text);
}

bool GrantStore::spend_code(std::string_view text) { return spend(codes_, text); }

bool GrantStore::spend_refresh_token(std::string_view text) { return spend(refresh_tokens_, text); }

void GrantStore::revoke(std::string_view id) {
  const std::lock_guard lock(mutex_);
  revoked_.put(std::string(id), {});
}

bool GrantStore::is_revoked(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return revoked_.find(id) != nullptr;
}

void GrantStore::clear() {
  const std::lock_guard lock(mutex_);
  codes_.clear();
  refresh_tokens_.clear();
  revoked_.clear();
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
