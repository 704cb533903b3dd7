#include "verifier/token_cache.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

// TODO(step 3, part E)
std::optional<VerifiedToken> TokenCache::find(std::string_view, std::uint64_t,
                                              SteadyTime) noexcept {
  return std::nullopt;
}
void TokenCache::insert(std::string_view, const VerifiedToken&, std::uint64_t,
                        std::chrono::system_clock::time_point, SteadyTime) noexcept {}
void TokenCache::clear() noexcept {}
void TokenCache::report(Stats&) const noexcept {}

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
