#pragma once

// Proof Key for Code Exchange (RFC 7636): who fetches the tokens is who asked for the code.

#include <string_view>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Tells what is wrong with a request's challenge and its method; empty if nothing, which includes
/// that there is neither.
[[nodiscard]] std::string_view challenge_problem(std::string_view challenge,
                                                 std::string_view method, bool allow_plain);

/// Tells whether `verifier` belongs to `challenge` (§4.6). To no challenge belongs no verifier: a
/// client that sends one has been downgraded (RFC 9700 §2.1.1).
[[nodiscard]] bool verifier_fits(std::string_view verifier, std::string_view challenge,
                                 bool is_plain);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
