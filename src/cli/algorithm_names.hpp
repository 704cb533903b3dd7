#pragma once

// The algorithms, in the order in which people are told of them.

#include <array>
#include <span>
#include <string>

#include "jwks/algorithm.hpp"

namespace jwks::cli {

inline constexpr std::array kKeyPairAlgorithms{
    Algorithm::rs256, Algorithm::rs384,     Algorithm::rs512,     Algorithm::ps256,
    Algorithm::ps384, Algorithm::ps512,     Algorithm::es256,     Algorithm::es384,
    Algorithm::es512, Algorithm::es256k,    Algorithm::eddsa,     Algorithm::ed25519,
    Algorithm::ed448, Algorithm::ml_dsa_44, Algorithm::ml_dsa_65, Algorithm::ml_dsa_87};
inline constexpr std::array kSecretAlgorithms{Algorithm::hs256, Algorithm::hs384, Algorithm::hs512};

/// For looking at keys, not for trusting tokens.
inline constexpr AlgorithmSet kEveryKeyPair = [] {
  AlgorithmSet every;
  for (const Algorithm algorithm : kKeyPairAlgorithms) every.insert(algorithm);
  return every;
}();

/// "RS256, RS384, RS512".
[[nodiscard]] inline std::string list_names(std::span<const Algorithm> algorithms) {
  std::string list;
  for (const Algorithm algorithm : algorithms) {
    if (!list.empty()) list += ", ";
    list += to_string(algorithm);
  }
  return list;
}

}  // namespace jwks::cli
