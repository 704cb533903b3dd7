#pragma once

// `FaultPlan`: which fault hits which request or connection, and how often.
//
// Threading: every member may be called from any thread.

#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
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

/// The faults that hit one request: each counted as used.
struct FaultsOfRequest {
  std::optional<Fault> answer{};   ///< of the answer's bytes, redirects and content types included
  std::optional<Fault> key_set{};  ///< looked for only where a key set is served
};

class FaultPlan {
 public:
  /// `seed` decides `probability`: two plans with one seed and the same requests do the same.
  FaultPlan(std::vector<Fault> faults, std::uint64_t seed, const EmulatorClock& clock);

  /// *Success:* the id. *Failure:* `bad_config` naming the field. `has_tls`: faults of TLS make
  /// sense.
  [[nodiscard]] Result<std::string> add(Fault fault, bool has_tls);
  [[nodiscard]] std::vector<Fault> list() const;
  bool remove(std::string_view id);
  void clear();
  /// Back to the faults it was made with, their counts and the seed included.
  void reset();

  [[nodiscard]] FaultsOfRequest take(const HttpRequest& request, bool is_key_set);
  [[nodiscard]] ConnectionFault take_for_connection();
};

/// Tells what is wrong with a fault; empty if nothing. `field` is set to the member's name.
[[nodiscard]] std::string fault_problem(const Fault& fault, std::string& field);
[[nodiscard]] std::optional<FaultKind> fault_kind_from_name(std::string_view name) noexcept;

/// Spoils an answer: what can be done to its status, header and body is done here, the rest is
/// left to the server as `HttpResponse::fault`.
void spoil(HttpResponse& response, const Fault& fault, const HttpRequest& request);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
