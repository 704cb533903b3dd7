#pragma once

// What can be said about a token without any key.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "jwks/unverified_token.hpp"

namespace jwks::cli {

/// Why `verify` would refuse a token whatever its key is, unless it was told otherwise.
struct Refusal {
  std::string_view code;  ///< name of an ErrorCode
  std::string message;    ///< printable ASCII
};

struct Hints {
  std::vector<Refusal> refusals{};   ///< by the default policy; none says nothing about the token
  std::vector<std::string> notes{};  ///< what people stumble over
};

/// `text` is what `token` was parsed from.
[[nodiscard]] Hints hints_about(std::string_view text, const UnverifiedToken& token,
                                std::chrono::sys_seconds now);

/// What may help with a text that is no JWT; empty: nothing.
[[nodiscard]] std::string advice_about(std::string_view text);

}  // namespace jwks::cli
