#pragma once

// `Hooks`: answers in place of the endpoints'.
//
// Threading: every member may be called from any thread.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/clock.hpp"
#include "emulator/control/pattern.hpp"
#include "emulator/http/http_message.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class Hooks {
 public:
  static constexpr std::size_t kMaxHooks = 1000;

  /// When a new hook is asked, among those that there are.
  enum class Turn : std::uint8_t { first, last };

  Hooks(std::vector<Hook> hooks, const EmulatorClock& clock);

  /// *Success:* the id. *Failure:* `bad_config` naming the field, or about "hooks" if there are too
  /// many.
  [[nodiscard]] Result<std::string> add(Hook hook, Turn turn = Turn::last);
  /// In the order in which they are asked. `count` is what is left of it.
  [[nodiscard]] std::vector<Hook> list() const;
  bool remove(std::string_view id);
  void clear();
  /// Back to the hooks it was made with, counts and windows included.
  void reset();

  /// The answer of the first hook that matches, counted as used; empty: the endpoint's turn.
  [[nodiscard]] std::optional<HttpResponse> take(const HttpRequest& request);

 private:
  struct Entry {
    Hook hook;
    std::optional<EmulatorClock::Time> window_began{};  ///< of the rate limit, with a request
    std::uint64_t passed = 0;                           ///< requests that this window let through
  };
  /// When to try again; empty: the rate limit lets this request pass, which is counted.
  static std::optional<std::chrono::seconds> limited(Entry& entry, EmulatorClock::Time now);
  static std::vector<Entry> fresh(const std::vector<Hook>& hooks);

  const EmulatorClock& clock_;
  const std::vector<Hook> initial_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;  // guarded by mutex_; the first to be asked first
};

/// Tells what is wrong with a hook; empty if nothing. `field` is set to the member's name.
[[nodiscard]] std::string hook_problem(const Hook& hook, std::string& field);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
