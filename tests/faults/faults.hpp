#pragma once

// Makes the n-th call into OpenSSL fail, or the n-th allocation, to see that the library refuses
// then and never accepts (CVE-2008-5077: a result of −1 was taken for success).
//
// The linker sends every call that the library's objects make to OpenSSL through openssl.cpp
// (--wrap), so that OpenSSL itself is the one that is installed.

#include <cstddef>

namespace fault {

enum class Kind : unsigned char {
  zero,      ///< OpenSSL functions return 0 or a null pointer
  negative,  ///< those that return an int return −1, the others a null pointer
  memory,    ///< operator new throws std::bad_alloc
};

/// From now on the call or allocation number `nth` (from 1) of this thread fails, once.
void arm(Kind kind, std::size_t nth) noexcept;
/// Ends it; tells whether anything failed since `arm`.
bool disarm() noexcept;
/// Calls or allocations that were counted between `arm` and `disarm`, if none was due.
std::size_t counted() noexcept;

/// For the wrappers: counts one call; tells whether it has to fail, and how.
bool due(Kind& kind) noexcept;
bool allocation_due() noexcept;

}  // namespace fault
