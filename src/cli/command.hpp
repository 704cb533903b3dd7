#pragma once

// The commands of the program `jwks`. Each has a file of its own: its options, and what it does.
//
// A command prints its result to standard output, complaints and progress to standard error. What a
// command line can get wrong beyond single options, it finds before it does anything, and throws as
// CLI::ParseError.

#include <functional>
#include <string_view>

#include "jwks/error.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): a third party's
class App;
}

namespace jwks::cli {

/// Exit statuses; part of the program's interface.
enum class Status : int {
  accepted = 0,
  rejected = 1,     ///< the token is refused; of `keys`: no key is usable
  usage = 2,        ///< a bad option, file or value
  unavailable = 3,  ///< the keys can't be had, so nobody can tell
};

/// The status of a token that was refused with this error.
[[nodiscard]] Status status_of(const Error& error) noexcept;

/// A command that `app` knows by now.
struct Command {
  const CLI::App* options;  ///< `parsed()` if it was asked for
  std::function<Status()> run;
};

[[nodiscard]] Command add_inspect(CLI::App& app);
[[nodiscard]] Command add_verify(CLI::App& app);
[[nodiscard]] Command add_keys(CLI::App& app);
[[nodiscard]] Command add_key(CLI::App& app);
[[nodiscard]] Command add_serve_auth(CLI::App& app);

}  // namespace jwks::cli
