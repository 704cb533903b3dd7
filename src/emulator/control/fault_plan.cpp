#include "emulator/control/fault_plan.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

// TODO(step 4, part E)
FaultPlan::FaultPlan(std::vector<Fault> /*faults*/, std::uint64_t /*seed*/,
                     const EmulatorClock& /*clock*/) {}
Result<std::string> FaultPlan::add(Fault /*fault*/, bool /*has_tls*/) {
  return Error(ErrorCode::bad_config).about("faults");
}
std::vector<Fault> FaultPlan::list() const { return {}; }
bool FaultPlan::remove(std::string_view /*id*/) { return false; }
void FaultPlan::clear() {}
void FaultPlan::reset() {}
FaultsOfRequest FaultPlan::take(const HttpRequest& /*request*/, bool /*is_key_set*/) { return {}; }
ConnectionFault FaultPlan::take_for_connection() { return ConnectionFault::none; }

std::string fault_problem(const Fault& /*fault*/, std::string& /*field*/) { return {}; }
std::optional<FaultKind> fault_kind_from_name(std::string_view /*name*/) noexcept {
  return std::nullopt;
}
void spoil(HttpResponse& /*response*/, const Fault& /*fault*/, const HttpRequest& /*request*/) {}

std::string_view to_string(FaultKind /*kind*/) noexcept { return "unknown"; }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
