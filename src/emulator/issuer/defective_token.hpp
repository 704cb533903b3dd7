#pragma once

// What a `TokenRequest` asks for beyond claims and header parameters, on top of `TokenBuilder`.

#include <string>

#include "emulator/issuer/keyring.hpp"
#include "emulator/issuer/token_builder.hpp"
#include "jwks/emulator_token.hpp"
#include "jwks/result.hpp"

namespace jwks {
inline namespace v0 {
namespace emulator {

/// Lets `token` be signed as `how` says; `named` is the key that its header names, out of `keys`.
/// *Failure:* `bad_config` about the member of the signature.
[[nodiscard]] Result<void> choose_signature(TokenBuilder& token, const TokenSignature& how,
                                            const SigningKey& named, const KeySnapshot& keys);

/// Puts raw texts and duplicate members in.
void choose_texts(TokenBuilder& token, const TokenRequest& request);

/// Changes a compact token as the request's edits say, and writes it in its serialization.
/// *Failure:* `bad_config` about "edits".
[[nodiscard]] Result<std::string> finished(std::string token, const TokenRequest& request);

}  // namespace emulator
}  // namespace v0
}  // namespace jwks
