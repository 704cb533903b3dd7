#pragma once

#include "jwks/export.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

/// Initialises OpenSSL, and with that registers its exit handler. Handlers run in reverse order:
/// one that is registered after this call runs while OpenSSL still works.
JWKS_INTERNAL void initialize() noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
