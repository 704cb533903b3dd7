#pragma once

// Symbol visibility. Shared builds hide everything that is not marked.
//
// JWKS_API       part of the public interface.
// JWKS_INTERNAL  visible only so that our own libraries can share one copy of it; no header under
//                include/jwks declares such a function for users, and it may change in any release.

#if defined(__GNUC__)
#define JWKS_API __attribute__((visibility("default")))
#define JWKS_INTERNAL __attribute__((visibility("default")))
#else
#error "jwks-cpp supports GCC 12 or newer and Clang 16 or newer."
#endif
