#pragma once

#include <cstddef>
#include <string>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// `bytes` random bytes as base64url, for "jti", identifiers and secrets.
[[nodiscard]] std::string random_text(std::size_t bytes = 16);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
