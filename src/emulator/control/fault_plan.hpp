#pragma once

// `FaultPlan`: which fault hits which request or connection, and how often. What it then does is
// told by `spoil`, issuer/key_set_faults.hpp and http/wire_fault.hpp.
//
// Threading: every member may be called from any thread.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <span>
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

/// What a fault is of. Of each group the oldest fault that matches is used.
enum class FaultGroup : std::uint8_t { connection, answer, key_set };

/// The faults that hit one request: each counted as used.
struct FaultsOfRequest {
  std::optional<Fault> answer{};   ///< of the answer's bytes, redirects and content types included
  std::optional<Fault> key_set{};  ///< looked for only where a key set is served
};

class FaultPlan {
 public:
  static constexpr std::size_t kMaxFaults = 1000;

  /// `seed` decides `probability`: two plans with one seed and the same requests do the same.
  FaultPlan(std::vector<Fault> faults, std::uint64_t seed, const EmulatorClock& clock);

  /// *Success:* the id. *Failure:* `bad_config` naming the field, or about "faults" if there are
  /// too many. `has_tls`: faults of TLS make sense.
  [[nodiscard]] Result<std::string> add(Fault fault, bool has_tls);
  /// Oldest first. `count` and `duration` are what is left of them.
  [[nodiscard]] std::vector<Fault> list() const;
  bool remove(std::string_view id);
  void clear();
  /// Back to the faults it was made with, their counts and the seed included.
  void reset();

  [[nodiscard]] FaultsOfRequest take(const HttpRequest& request, bool is_key_set);
  [[nodiscard]] ConnectionFault take_for_connection();

 private:
  using RealTime = std::chrono::steady_clock::time_point;
  /// One moment by both clocks.
  struct Moment {
    EmulatorClock::Time emulated{};
    RealTime real{};
  };
  struct Entry {
    Fault fault;
    Moment since{};
    [[nodiscard]] bool is_over(const Moment& now) const noexcept;
    [[nodiscard]] std::chrono::nanoseconds age(const Moment& now) const noexcept;
  };

  [[nodiscard]] Moment now() const noexcept;
  static std::vector<Entry> fresh(const std::vector<Fault>& faults, const Moment& now);
  /// Forgets what is over.
  void keep_time(const Moment& now);  // with mutex_ held
  /// Takes the oldest of this group that is for the request (or connection: null).
  std::optional<Fault> take_one(FaultGroup group, const HttpRequest* request);  // with mutex_ held
  bool hits(double probability);                                                // with mutex_ held

  const EmulatorClock& clock_;
  const std::vector<Fault> initial_;
  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::mt19937_64 generator_;   // guarded by mutex_
  std::vector<Entry> entries_;  // guarded by mutex_; oldest first
};

/// Tells what is wrong with a fault; empty if nothing. `field` is set to the member's name.
[[nodiscard]] std::string fault_problem(const Fault& fault, std::string& field,
                                        bool has_tls = true);

/// In the order of the enumeration.
[[nodiscard]] std::span<const FaultKind> all_fault_kinds() noexcept;
/// Tells whether it keeps hitting connections, those to the control endpoints too. In C++ a test
/// can take such a fault back; over the connection that it hits nobody can.
[[nodiscard]] bool never_ends(const Fault& fault) noexcept;
inline constexpr std::string_view kNeverEnds =
    "or \"count\" is required: this fault hits control requests too";
[[nodiscard]] std::optional<FaultKind> fault_kind_from_name(std::string_view name) noexcept;
[[nodiscard]] FaultGroup group_of(FaultKind kind) noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
