#pragma once

// What is checked about `HttpOptions` before anything is fetched with them.

#include <optional>

#include "jwks/error.hpp"
#include "jwks/fetcher.hpp"

namespace jwks {
inline namespace v0 {
namespace source {

/// The timeouts, which count for every fetcher. *Failure:* `bad_config` with `http.<field>` as its
/// subject.
[[nodiscard]] std::optional<Error> check_timeouts(const HttpOptions& options) noexcept;

/// Everything. Reads the files. *Failure:* as above; may throw std::bad_alloc.
[[nodiscard]] std::optional<Error> check_http_options(const HttpOptions& options);

}  // namespace source
}  // namespace v0
}  // namespace jwks
