#include "emulator/control/hooks.hpp"

#include <utility>

#include "emulator/random_text.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

// TODO(step 4, part E): counts, limits, headers, checks.
Hooks::Hooks(std::vector<Hook> hooks, const EmulatorClock& /*clock*/) : hooks_(std::move(hooks)) {}

Result<std::string> Hooks::add(Hook hook) {
  hook.id = "hook_" + random_text(9);
  const std::lock_guard lock(mutex_);
  hooks_.push_back(hook);
  return hook.id;
}
std::vector<Hook> Hooks::list() const {
  const std::lock_guard lock(mutex_);
  return hooks_;
}
bool Hooks::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(hooks_, [id](const Hook& each) { return each.id == id; }) > 0;
}
void Hooks::clear() {
  const std::lock_guard lock(mutex_);
  hooks_.clear();
}
void Hooks::reset() { clear(); }

std::optional<HttpResponse> Hooks::take(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  for (const Hook& each : hooks_) {
    if (!matches(each.method, each.path, request)) continue;
    return error_response(each.status, "emulated_failure", "the emulator was told to fail");
  }
  return std::nullopt;
}

bool matches(std::string_view method, std::string_view path, const HttpRequest& request) {
  return (method == "*" || method == request.method) && (path == "*" || path == request.path);
}

std::string hook_problem(const Hook& /*hook*/, std::string& /*field*/) { return {}; }
std::string pattern_problem(std::string_view /*method*/, std::string_view /*path*/,
                            std::string& /*field*/) {
  return {};
}

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
