#pragma once

// How long the stress tests go on, and what their threads share. They are meant for
// ThreadSanitizer; what they claim about results holds without it too, on a machine of any speed.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "jwks/jwks_verifier.hpp"
#include "support/issuer_fixture.hpp"

namespace stress {

/// Of one test: JWKS_STRESS_SECONDS, or 2 s.
inline std::chrono::seconds duration() {
  const char* const text = std::getenv("JWKS_STRESS_SECONDS");
  return std::chrono::seconds(text == nullptr ? 2 : std::stoi(text));
}

/// Tells whether there is time left for another round. Nothing is claimed about how much is done.
class Stopwatch {
 public:
  explicit Stopwatch(std::chrono::milliseconds limit)
      : end_(std::chrono::steady_clock::now() + limit) {}
  [[nodiscard]] bool running() const { return std::chrono::steady_clock::now() < end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

/// The pace of the publisher.
inline void one_millisecond() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

/// What every thread adds to; what is wrong is told once, at the end.
struct Tally {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> unavailable{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<const char*> last_violated{"none"};

  void expect(bool condition, const char* rule) {
    if (condition) return;
    ++wrong;
    last_violated.store(rule);
  }
  void count(const jwks::Result<jwks::VerifiedToken>& result) {
    if (result)
      ++accepted;
    else if (result.error().category() == jwks::ErrorCategory::unavailable)
      ++unavailable;
    else
      ++refused;
  }
};

/// Callbacks that are to come exactly once each.
class Callbacks {
 public:
  /// The counter of one more.
  std::atomic<unsigned>& expect_one() { return calls_.emplace_back(0); }
  [[nodiscard]] bool all_came() const {
    for (const auto& each : calls_)
      if (each == 0) return false;
    return true;
  }
  [[nodiscard]] bool each_came_once() const {
    for (const auto& each : calls_)
      if (each != 1) return false;
    return true;
  }
  [[nodiscard]] std::size_t size() const { return calls_.size(); }
  void clear() { calls_.clear(); }

 private:
  std::deque<std::atomic<unsigned>> calls_;  // they stay where they are
};

/// Looks at events without keeping them.
class Spectator final : public jwks::Observer {
 public:
  void on_event(const jwks::Event& event) override {
    if (event.source.empty()) ++nameless;
    ++events;
  }
  std::atomic<std::uint64_t> events{0};
  std::atomic<std::uint64_t> nameless{0};
};

}  // namespace stress
