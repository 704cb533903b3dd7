#pragma once

// What the tests of the core verify: keys (one per algorithm, made on first use), a point in time,
// a policy, and a builder that holds a valid token until a test spoils it.

#include <chrono>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/issuer/signing_key.hpp"
#include "emulator/issuer/token_builder.hpp"
#include "jwks/verify.hpp"

namespace test {

using jwks::Algorithm;
using jwks::emulator::SigningKey;
using jwks::emulator::TokenBuilder;

inline constexpr std::string_view kIssuer = "https://issuer.example";
inline constexpr std::string_view kAudience = "orders-api";
inline const std::chrono::system_clock::time_point kNow{std::chrono::seconds(1'750'000'000)};

inline constexpr Algorithm kSigned[] = {
    Algorithm::rs256,   Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
    Algorithm::ps512,   Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa,
    Algorithm::ed25519, Algorithm::ed448, Algorithm::es256k};

/// kSigned, and those that only newer releases of OpenSSL have.
inline std::vector<Algorithm> signed_algorithms() {
  std::vector<Algorithm> all(std::begin(kSigned), std::end(kSigned));
  for (const Algorithm each : {Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87}) {
    if (jwks::is_supported(each)) all.push_back(each);
  }
  return all;
}

/// Tells whether ML-DSA can be tested. Catch2 v2 can't skip a test; CTest looks for the word.
inline bool have_ml_dsa() {
  if (jwks::is_supported(Algorithm::ml_dsa_44)) return true;
  std::cout << "SKIPPED: the linked OpenSSL is older than 3.5 and has no ML-DSA" << std::endl;
  return false;
}

/// The key of this algorithm; `which` tells several of them apart.
inline const SigningKey& key(Algorithm algorithm, int which = 0) {
  static std::map<std::pair<Algorithm, int>, SigningKey> keys;
  const std::pair id(algorithm, which);
  auto found = keys.find(id);
  if (found == keys.end()) {
    const std::string kid = std::string(jwks::to_string(algorithm)) + "-" + std::to_string(which);
    found = keys.emplace(id, SigningKey::generate(algorithm, kid).value()).first;
  }
  return found->second;
}

inline std::string json_quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

inline std::string jwks_document(const std::vector<std::string>& entries) {
  std::string out = "{\"keys\":[";
  for (const std::string& entry : entries) out.append(out.back() == '[' ? "" : ",").append(entry);
  return out + "]}";
}

inline jwks::JwkSet key_set(const std::vector<SigningKey>& keys) {
  std::vector<std::string> entries;
  for (const SigningKey& each : keys) entries.push_back(each.public_jwk());
  return jwks::JwkSet::parse(jwks_document(entries)).value();
}

inline jwks::ValidationOptions options() {
  return {.issuer = std::string(kIssuer), .audiences = {std::string(kAudience)}};
}

inline jwks::ValidationPolicy policy(jwks::ValidationOptions from = options()) {
  return jwks::ValidationPolicy::create(std::move(from)).value();
}

/// Allows ES256K as well, which the default does not.
inline jwks::ValidationOptions all_algorithms() {
  jwks::ValidationOptions all = options();
  all.algorithms.insert(Algorithm::es256k);
  return all;
}

/// For tokens with a static secret.
inline jwks::ValidationOptions symmetric_algorithms() {
  jwks::ValidationOptions symmetric = options();
  symmetric.algorithms = jwks::kSymmetricAlgorithms;
  return symmetric;
}

/// A token that `policy()` accepts at `kNow`.
inline TokenBuilder token(const SigningKey& signer) {
  return TokenBuilder(signer)
      .claim("iss", json_quoted(kIssuer))
      .claim("aud", json_quoted(kAudience))
      .claim("sub", json_quoted("alice"))
      .claim("iat", kNow - std::chrono::seconds(10))
      .claim("exp", kNow + std::chrono::seconds(300));
}

/// The code with which `text` is refused; throws if it is accepted.
inline jwks::Error refusal(std::string_view text, const jwks::JwkSet& keys,
                           const jwks::ValidationPolicy& with = policy()) {
  const auto result = jwks::verify(text, keys, with, kNow);
  if (result) throw std::runtime_error("the token was accepted");
  return result.error();
}

inline const SigningKey& es256() { return key(Algorithm::es256); }
inline jwks::JwkSet es256_set() { return key_set({es256()}); }

/// The name of the code with which a token of ES256 is refused after `change` went over its
/// builder. Its signature holds, unless `change` spoils that as well.
template <class Change>
std::string answer(Change change) {
  TokenBuilder builder = token(es256());
  change(builder);
  return std::string(to_string(refusal(builder.build().value(), es256_set()).code()));
}

}  // namespace test
