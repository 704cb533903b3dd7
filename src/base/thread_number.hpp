#pragma once

#include <cstddef>

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {

/// Numbers the threads of the process from 0, in the order in which they first ask. The same for
/// the whole life of a thread; never used again. It spreads threads over slots: whoever takes it
/// modulo the count of slots gives neighbours different ones.
[[nodiscard]] JWKS_INTERNAL std::size_t thread_number() noexcept;

}  // namespace v0
}  // namespace jwks
