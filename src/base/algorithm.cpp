#include "jwks/algorithm.hpp"

#include <array>
#include <utility>

namespace jwks {
inline namespace v0 {
namespace {

constexpr std::array<std::pair<Algorithm, std::string_view>, 19> kNames{{
    {Algorithm::rs256, "RS256"},         {Algorithm::rs384, "RS384"},
    {Algorithm::rs512, "RS512"},         {Algorithm::ps256, "PS256"},
    {Algorithm::ps384, "PS384"},         {Algorithm::ps512, "PS512"},
    {Algorithm::es256, "ES256"},         {Algorithm::es384, "ES384"},
    {Algorithm::es512, "ES512"},         {Algorithm::eddsa, "EdDSA"},
    {Algorithm::ed25519, "Ed25519"},     {Algorithm::ed448, "Ed448"},
    {Algorithm::es256k, "ES256K"},       {Algorithm::hs256, "HS256"},
    {Algorithm::hs384, "HS384"},         {Algorithm::hs512, "HS512"},
    {Algorithm::ml_dsa_44, "ML-DSA-44"}, {Algorithm::ml_dsa_65, "ML-DSA-65"},
    {Algorithm::ml_dsa_87, "ML-DSA-87"},
}};

}  // namespace

std::string_view to_string(Algorithm algorithm) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == algorithm) return name;
  }
  return "unknown";
}

std::optional<Algorithm> algorithm_from_name(std::string_view name) noexcept {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace v0
}  // namespace jwks
