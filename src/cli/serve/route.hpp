#pragma once

// What the target of a request asks for. Who wrote it decides what may be read from it: the path
// and query of /auth are the proxy's configuration, those below the prefix for ext_authz are what a
// client sent to the proxy, and say nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jwks::cli {

enum class Endpoint : std::uint8_t {
  auth,       ///< `/auth`: a check with requirements
  ext_authz,  ///< the prefix, and everything below it: a check without
  healthz,
  readyz,
  metrics,
  unknown,
};

/// What a caller must have, beside a good token.
struct Requirements {
  std::vector<std::string> scopes{};       ///< all of them
  std::vector<std::string> permissions{};  ///< all of them
  std::string role{};                      ///< empty: any or none
};

/// Views into the target.
struct Route {
  Endpoint endpoint = Endpoint::unknown;
  std::optional<std::string_view> query{};  ///< what follows "?", if there is one
};

/// Paths are compared as they are: one that is written in another way is unknown. An empty prefix
/// matches nothing.
[[nodiscard]] Route route_of(std::string_view target, std::string_view ext_authz_prefix) noexcept;

/// Whether `route_of` can tell this prefix from the other endpoints: "/" and unreserved characters
/// (RFC 3986 §2.3), no "/" at the end, no dot segment, none of the other paths nor above one.
[[nodiscard]] bool is_ext_authz_prefix(std::string_view prefix) noexcept;

/// Reads `scope=a+b&role=c&permission=d+e`, form-encoded (WHATWG URL §5.1). Empty if anything is
/// unknown, repeated, empty or malformed: what a configuration got wrong must not open a door.
[[nodiscard]] std::optional<Requirements> parse_requirements(std::string_view query);

}  // namespace jwks::cli
