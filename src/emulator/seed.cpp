#include "emulator/seed.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

// TODO(step 4, part D)
std::vector<SeedProblem> problems_of(const EmulatorOptions& /*options*/) { return {}; }

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
