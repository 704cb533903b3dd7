#pragma once

// What jwks-emulator prints: one line of JSON for programs, or a few words for people. Names that
// a file or a client made up are shown in printable ASCII, so that they can't drive a terminal.

#include <string>
#include <string_view>

#include "emulator/program/options.hpp"
#include "jwks/emulator.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Says on standard error, in one line, why the program can't go on.
[[nodiscard]] ExitStatus fail(std::string_view why);

/// Sends off what was printed. False if it could not be written: a full disk, a closed pipe.
[[nodiscard]] bool written();

/// Where it is and how to get in, as one line of JSON.
[[nodiscard]] std::string ready_line(const Emulator& emulator);

/// The same for people. `seed` is what it was started with: clients' secrets are shown only if
/// nobody chose them.
[[nodiscard]] std::string story(const Emulator& emulator, const EmulatorOptions& seed);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
