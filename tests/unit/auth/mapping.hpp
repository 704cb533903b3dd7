#pragma once

// Claims as a mapper sees them: in a token that was signed and verified.

#include <string>
#include <utility>
#include <vector>

#include "jwks/principal.hpp"
#include "support/tokens.hpp"

namespace test {

/// Names of claims and their JSON texts.
using ClaimTexts = std::vector<std::pair<std::string, std::string>>;

/// A verified token with these claims besides those of `test::token`; an empty text removes one.
inline jwks::VerifiedToken verified_with(const ClaimTexts& claims) {
  TokenBuilder builder = token(es256());
  for (const auto& [name, json] : claims) builder.claim(name, json);
  return jwks::verify(builder.build().value(), es256_set(), policy(), kNow).value();
}

inline jwks::PrincipalMapper mapper_of(jwks::ClaimMapping mapping) {
  return jwks::PrincipalMapper::create(std::move(mapping)).value();
}

inline jwks::Result<jwks::Principal> map_claims(const ClaimTexts& claims,
                                                jwks::ClaimMapping mapping = {}) {
  return mapper_of(std::move(mapping)).map(verified_with(claims));
}

/// The principal; throws if the claims are refused.
inline jwks::Principal principal_of(const ClaimTexts& claims, jwks::ClaimMapping mapping = {}) {
  return map_claims(claims, std::move(mapping)).value();
}

/// The name of the code and the subject, for example "missing_claim sub"; throws if the claims are
/// accepted.
inline std::string refusal_of(const ClaimTexts& claims, jwks::ClaimMapping mapping = {}) {
  const auto principal = map_claims(claims, std::move(mapping));
  if (principal) throw std::runtime_error("the claims were accepted");
  return std::string(to_string(principal.error().code())) + " " +
         std::string(principal.error().subject());
}

}  // namespace test
