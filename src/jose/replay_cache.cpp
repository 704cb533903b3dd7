#include "jose/replay_cache.hpp"

#include <new>

#include "crypto/digest.hpp"
#include "jose/numeric_date.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

using Time = ReplayCache::Time;
using std::chrono::seconds;

/// How much longer than necessary something is remembered. More than a second, for dates with a
/// fraction.
constexpr seconds kGrace{10};

/// The system clock of some platforms ends in 2262, long before NumericDate does.
Time after(NumericDate date, seconds delay) noexcept {
  constexpr auto kLast = std::chrono::floor<seconds>(Time::max().time_since_epoch());
  if (date.seconds >= (kLast - delay).count()) return Time::max();
  return Time(seconds(date.seconds) + delay);
}

}  // namespace

Result<std::string> replay_key(std::initializer_list<std::string_view> parts) {
  std::string framed;
  for (const std::string_view part : parts) {
    framed.append(std::to_string(part.size())).append(":").append(part);
  }
  const auto hash = crypto::sha256(framed);
  if (!hash) return Error(ErrorCode::out_of_memory);
  return std::string(hash->begin(), hash->end());
}

Result<void> remember_once(ReplayCache& cache, std::string_view key, NumericDate last, Time now,
                           ErrorReason reason) noexcept {
  try {
    const auto inserted = cache.insert(key, after(last, kGrace), now);
    if (!inserted) return inserted.error();
    if (!*inserted) return Error(ErrorCode::replayed, reason).about("jti");
    return {};
  } catch (...) {  // an application's cache: whatever it throws
    return Error(ErrorCode::out_of_memory).because("the replay cache threw an exception");
  }
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
