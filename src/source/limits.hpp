#pragma once

// The small bounded things that keep hostile tokens from costing the issuer or us anything: a token
// bucket for forced refreshes, a negative cache for kids, a back-off. Pure; time is a parameter.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "jwks/clock.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// Rounds up to whole seconds, 1 to 300: what a `Retry-After` can say.
[[nodiscard]] inline std::chrono::seconds to_retry_after(SteadyClock::duration delay) noexcept {
  using std::chrono::seconds;
  return std::clamp(std::chrono::ceil<seconds>(delay), seconds(1), seconds(300));
}

/// Admits `capacity` at once and one more per `interval`.
class TokenBucket {
 public:
  TokenBucket(unsigned capacity, std::chrono::seconds interval) noexcept
      : capacity_(capacity), interval_(interval), tokens_(capacity) {}

  [[nodiscard]] bool take(SteadyTime now) noexcept {
    refill(now);
    if (tokens_ == 0) return false;
    if (tokens_ == capacity_) refilled_at_ = now;
    --tokens_;
    return true;
  }
  /// How many would be admitted now.
  [[nodiscard]] unsigned tokens(SteadyTime now) const noexcept {
    TokenBucket later = *this;
    later.refill(now);
    return later.tokens_;
  }
  [[nodiscard]] SteadyClock::duration until_next(SteadyTime now) const noexcept {
    return tokens_ > 0 ? SteadyClock::duration(0) : refilled_at_ + interval_ - now;
  }

 private:
  void refill(SteadyTime now) noexcept {
    while (tokens_ < capacity_ && now - refilled_at_ >= interval_) {
      ++tokens_;
      refilled_at_ += interval_;
    }
  }

  unsigned capacity_;
  SteadyClock::duration interval_;
  unsigned tokens_;
  SteadyTime refilled_at_{};
};

/// Remembers which kids were looked for and are not there. Fixed memory, made at the first entry:
/// 256 sets of 4 entries; in a full set the entry that ends first gives way.
class NegativeCache {
 public:
  static constexpr std::size_t kEntries = 1024;

  [[nodiscard]] bool contains(std::uint64_t hash, std::uint64_t generation,
                              SteadyTime now) const noexcept {
    if (!table_) return false;
    const auto& set = (*table_)[hash % kSets];
    return std::any_of(set.begin(), set.end(), [&](const Entry& entry) {
      return entry.hash == hash && entry.generation == generation && now < entry.ends_at;
    });
  }
  void insert(std::uint64_t hash, std::uint64_t generation, SteadyTime ends_at) {
    if (!table_) table_ = std::make_unique<Table>();
    auto& set = (*table_)[hash % kSets];
    auto place =
        std::find_if(set.begin(), set.end(), [&](const Entry& e) { return e.hash == hash; });
    if (place == set.end())
      place = std::min_element(set.begin(), set.end(), [](const Entry& a, const Entry& b) {
        return a.ends_at < b.ends_at;
      });
    *place = {hash, generation, ends_at};
  }
  [[nodiscard]] std::size_t size(SteadyTime now) const noexcept {
    std::size_t count = 0;
    if (table_)
      for (const auto& set : *table_)
        count += static_cast<std::size_t>(std::count_if(
            set.begin(), set.end(), [&](const Entry& entry) { return now < entry.ends_at; }));
    return count;
  }
  void clear() noexcept { table_.reset(); }

 private:
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kSets = kEntries / kWays;
  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t generation = 0;
    SteadyTime ends_at{};
  };
  using Table = std::array<std::array<Entry, kWays>, kSets>;
  std::unique_ptr<Table> table_;
};

/// Exponential back-off with full jitter: uniform in [0, min(60 s, 1 s × 2^(failures − 1))].
class Backoff {
 public:
  /// Counts a failure. `random` in [0, 1]; the issuer's `retry_after` is a lower bound.
  void fail(SteadyTime now, double random, std::chrono::seconds retry_after) noexcept {
    const double ceiling = std::min(60.0, static_cast<double>(1U << std::min(failures_, 6U)));
    ++failures_;
    const auto delay = std::chrono::duration_cast<SteadyClock::duration>(
        std::chrono::duration<double>(ceiling * random));
    until_ = now + std::max<SteadyClock::duration>(delay, retry_after);
  }
  void succeed() noexcept {
    failures_ = 0;
    until_.reset();
  }
  [[nodiscard]] unsigned failures() const noexcept { return failures_; }
  [[nodiscard]] bool active(SteadyTime now) const noexcept { return until_ && now < *until_; }
  /// When the next attempt is due after a failure; empty if the last one succeeded.
  [[nodiscard]] std::optional<SteadyTime> until() const noexcept { return until_; }

 private:
  unsigned failures_ = 0;
  std::optional<SteadyTime> until_{};
};

}  // namespace source
}  // namespace v0
}  // namespace jwks
