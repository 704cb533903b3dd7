#pragma once

// PEM (RFC 7468): one block in, one block out.

#include <string>
#include <string_view>

#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {

struct PemBlock {
  std::string label;  ///< such as "PUBLIC KEY"
  std::string der;
};

/// Reads the only block of a text; other text may stand around it. *Failure:* `key_rejected` with
/// `bad_pem` for none, for several or for more than 64 KiB, with `private_material` for a private
/// key, whose bytes are not kept.
[[nodiscard]] Result<PemBlock> read_pem(std::string_view pem);

[[nodiscard]] Error bad_pem(std::string_view detail) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
