#pragma once

// A client with a DPoP key, the proofs that it makes for one request, and tokens bound to its key.

#include <memory>
#include <string>
#include <string_view>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "jwks/dpop.hpp"
#include "jwks/presentation.hpp"
#include "jwks/replay_cache.hpp"
#include "support/tokens.hpp"

namespace test {

inline constexpr std::string_view kUrl = "https://api.example/orders";

inline const SigningKey& client_key() { return key(Algorithm::es256, 200); }
inline const SigningKey& stranger_key() { return key(Algorithm::es256, 201); }

/// base64url of the SHA-256: "ath" of a token.
inline std::string hash_of(std::string_view text) {
  return jwks::base64url::encode(jwks::crypto::sha256(text).value());
}

/// A proof for `GET kUrl`, made now, with a "jti" that no other has.
inline TokenBuilder proof(const SigningKey& signer = client_key()) {
  static int count = 0;
  return TokenBuilder()
      .header("typ", json_quoted("dpop+jwt"))
      .header("alg", json_quoted(jwks::to_string(signer.algorithm())))
      .header("jwk", signer.public_jwk())
      .claim("jti", json_quoted("proof-" + std::to_string(++count)))
      .claim("htm", json_quoted("GET"))
      .claim("htu", json_quoted(kUrl))
      .claim("iat", kNow)
      .sign_with(signer);
}

/// The same, to go with an access token.
inline TokenBuilder proof_for(std::string_view access_token,
                              const SigningKey& signer = client_key()) {
  return proof(signer).claim("ath", json_quoted(hash_of(access_token)));
}

/// An access token with this "cnf".
inline TokenBuilder confirmed_token(std::string_view cnf) {
  return token(es256()).claim("cnf", cnf);
}
inline TokenBuilder bound_token(const SigningKey& to = client_key()) {
  return confirmed_token("{\"jkt\":" + json_quoted(to.thumbprint()) + "}");
}

/// The request that `proof` is for. The views are into the argument.
inline jwks::DpopRequest request(std::string_view proof_text) {
  return {.proofs = {proof_text}, .method = "GET", .url = kUrl};
}
inline jwks::Presentation presentation(std::string_view proof_text) {
  return {.dpop = request(proof_text)};
}

inline std::shared_ptr<jwks::ReplayCache> replay_cache(std::size_t capacity = 1000) {
  return jwks::make_memory_replay_cache(capacity).value();
}
inline jwks::DpopOptions dpop_options() { return {.replay_cache = replay_cache()}; }

/// A policy that takes DPoP.
inline jwks::ValidationOptions options_with_dpop() {
  jwks::ValidationOptions with = options();
  with.dpop = dpop_options();
  return with;
}

}  // namespace test
