#pragma once

// `Hooks`: answers in place of the endpoints'.
//
// Threading: every member may be called from any thread.

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/clock.hpp"
#include "emulator/http/http_message.hpp"
#include "jwks/emulator_options.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

class Hooks {
 public:
  Hooks(std::vector<Hook> hooks, const EmulatorClock& clock);

  /// *Success:* the id. *Failure:* `bad_config` naming the field.
  [[nodiscard]] Result<std::string> add(Hook hook);
  [[nodiscard]] std::vector<Hook> list() const;
  bool remove(std::string_view id);
  void clear();
  /// Back to the hooks it was made with, counts and windows included.
  void reset();

  /// The answer of the oldest hook that matches, counted as used; empty: the endpoint's turn.
  [[nodiscard]] std::optional<HttpResponse> take(const HttpRequest& request);

 private:
  mutable std::mutex mutex_;
  std::vector<Hook> hooks_;  // guarded by mutex_
};

/// Tells what is wrong with a hook; empty if nothing. `field` is set to the member's name.
[[nodiscard]] std::string hook_problem(const Hook& hook, std::string& field);

/// "*", "/exact" and "/prefix/*" against a path, "*" and "GET" against a method.
[[nodiscard]] bool matches(std::string_view pattern_method, std::string_view pattern_path,
                           const HttpRequest& request);
/// What is wrong with such a pair; empty if nothing.
[[nodiscard]] std::string pattern_problem(std::string_view method, std::string_view path,
                                          std::string& field);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
