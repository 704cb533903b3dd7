#pragma once

// Checks a VerifierOptions once, and turns it into what the parts work with.

#include <string>

#include "jwks/jwks_verifier.hpp"
#include "source/key_source.hpp"

namespace jwks {
inline namespace v0 {
namespace verifier {

struct Setup {
  ValidationPolicy policy;
  source::SourceOptions source;
  TokenCacheOptions token_cache;
};

/// *Failure:* `bad_config` with the option as its subject.
[[nodiscard]] Result<Setup> set_up(VerifierOptions options);

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
