#pragma once

// `GrantStore`: what users allowed clients, and the codes and refresh tokens that stand for it.
//
// A grant begins when a user is let in, and goes on through every token that comes of it: they all
// carry its id. So one that is used twice, which means that somebody has stolen it, takes all the
// others along (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
//
// It is bounded: the oldest goes when there is one too many. Of what was revoked ten times as many
// are remembered as can be held, so that nobody gets a stolen grant back by revoking others.
//
// Threading: every member may be called from any thread.

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/clock.hpp"
#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

struct Grant {
  std::string id = random_text();
  std::string application_id{};  ///< the record's: a client_id can be another client's one day
  std::string client_id{};
  std::string user_id{};
  std::vector<std::string> scopes{};
  std::string nonce{};  ///< of the authorization request; empty: none
  EmulatorClock::Time auth_time{};
};

/// A grant that its client still has to fetch, and what it has to show for that.
struct AuthorizationCode {
  Grant grant{};
  std::string redirect_uri{};
  bool redirect_uri_was_sent = true;
  std::string challenge{};  ///< RFC 7636 §4.2; empty: none
  bool challenge_is_plain = false;
};

/// Values under keys, the last so many of them.
template <class Value>
class BoundedMap {
 public:
  explicit BoundedMap(std::size_t max_entries) : max_entries_(max_entries) {}

  void put(std::string key, Value value) {
    const auto [at, is_new] = values_.insert_or_assign(std::move(key), std::move(value));
    if (!is_new) return;
    order_.push_back(at->first);
    if (order_.size() <= max_entries_) return;
    values_.erase(order_.front());
    order_.pop_front();
  }
  /// Null if there is none.
  [[nodiscard]] const Value* find(std::string_view key) const {
    const auto at = values_.find(key);
    return at == values_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] Value* find(std::string_view key) {
    const auto at = values_.find(key);
    return at == values_.end() ? nullptr : &at->second;
  }
  void clear() {
    values_.clear();
    order_.clear();
  }

 private:
  std::size_t max_entries_;
  std::map<std::string, Value, std::less<>> values_;
  std::deque<std::string> order_;  // the keys, oldest first
};

/// What a code or a refresh token stands for.
template <class Value>
struct Held {
  Value value;
  EmulatorClock::Time issued_at;
  EmulatorClock::Time expires_at;
  bool is_spent = false;
};

class GrantStore {
 public:
  static constexpr std::size_t kMaxHeld = 10'000;
  static constexpr std::size_t kMaxRevoked = 10 * kMaxHeld;
  static constexpr std::chrono::minutes kCodeLifetime{10};
  static constexpr std::chrono::hours kRefreshTokenLifetime{30 * 24};

  explicit GrantStore(const EmulatorClock& clock) : clock_(clock) {}

  [[nodiscard]] std::string add_code(AuthorizationCode code);
  [[nodiscard]] std::string add_refresh_token(Grant grant);

  /// Looks one up, also if it is spent. Empty if it is unknown or expired, or its grant revoked.
  [[nodiscard]] std::optional<Held<AuthorizationCode>> code(std::string_view text) const;
  [[nodiscard]] std::optional<Held<Grant>> refresh_token(std::string_view text) const;

  /// Spends it. False if it can't be, because it is spent already; that revokes its grant.
  [[nodiscard]] bool spend_code(std::string_view text);
  [[nodiscard]] bool spend_refresh_token(std::string_view text);

  /// Revokes a grant with all that came of it, or a single access token, by its id.
  void revoke(std::string_view id);
  [[nodiscard]] bool is_revoked(std::string_view id) const;

  void clear();

 private:
  struct Revoked {};

  template <class Value>
  [[nodiscard]] std::optional<Held<Value>> look_up(const BoundedMap<Held<Value>>& held,
                                                   std::string_view text) const;
  template <class Value>
  [[nodiscard]] bool spend(BoundedMap<Held<Value>>& held, std::string_view text);

  const EmulatorClock& clock_;
  mutable std::mutex mutex_;
  BoundedMap<Held<AuthorizationCode>> codes_{kMaxHeld};  // guarded by mutex_
  BoundedMap<Held<Grant>> refresh_tokens_{kMaxHeld};     // guarded by mutex_
  BoundedMap<Revoked> revoked_{kMaxRevoked};             // guarded by mutex_; by id
};

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
