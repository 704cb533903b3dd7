#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

using Sha256 = std::array<std::uint8_t, 32>;

/// SHA-256 of `bytes`; empty only if OpenSSL fails.
[[nodiscard]] JWKS_INTERNAL std::optional<Sha256> sha256(std::string_view bytes) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
