#pragma once

// Checks a VerifierOptions once, and turns it into what the parts work with.

#include <cstdint>
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

/// Where keys come from decides which algorithms they may be for.
enum class Keys : std::uint8_t { published, given };

/// The policy of a verifier that shares the keys of one with `original`
/// (JwksVerifier::sharing_keys). *Failure:* as `set_up`.
[[nodiscard]] Result<ValidationPolicy> share_policy(const ValidationOptions& original,
                                                    ValidationOptions options, Keys keys);

}  // namespace verifier
}  // namespace v0
}  // namespace jwks
