#pragma once

// This program has a getaddrinfo of its own, because libcurl asks it: names that end in ".test"
// (RFC 6761 §6.2) are what the tests say they are, everything else is left to the system.

#include <string>

namespace test {

/// Lets `name` resolve to `address` from now on.
void resolve_to(const std::string& name, const std::string& address);

}  // namespace test
