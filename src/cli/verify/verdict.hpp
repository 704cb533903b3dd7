#pragma once

// What is said about one token, as JSON: the same members for `verify --json` and `verify --batch`.
//
//   {"ok":true,"code":"accepted","category":"accepted","message":"accepted"}
//   {"ok":false,"code":"expired","category":"claims","message":"expired: exp: …"}
//
// `code` and `category` are the names of `ErrorCode` and `ErrorCategory`; of what could not be
// judged because it was asked wrongly, "bad_input" and "usage". `message` is for people and may
// change.

#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "jwks/error.hpp"

namespace jwks::cli {

struct Verdict {
  Status status = Status::accepted;
  std::string_view code = "accepted";
  std::string_view category = "accepted";
  std::string_view reason{};  ///< the name of an ErrorReason; empty: none
  std::string message = "accepted";

  [[nodiscard]] static Verdict accepted() { return {}; }
  [[nodiscard]] static Verdict of(const Error& error);
  /// Nothing was judged, because of a mistake of who asked.
  [[nodiscard]] static Verdict bad_input(std::string message);
};

/// Appends the members, without braces.
void append_members(std::string& out, const Verdict& verdict);

}  // namespace jwks::cli
