#pragma once

#include <string_view>

namespace jwks {
inline namespace v0 {
namespace emulator {

/// openapi.json, which describes the control endpoints. It is built into the library
/// (cmake/EmbedText.cmake), so that no file is needed at run time.
[[nodiscard]] std::string_view openapi_document() noexcept;

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
