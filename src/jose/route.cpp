#include "jose/route.hpp"

#include <new>

#include "jose/jwt.hpp"
#include "jwks/claims.hpp"

namespace jwks {
inline namespace v0 {
namespace jose {
namespace {

constexpr AlgorithmSet every_algorithm() noexcept {
  AlgorithmSet all = kDefaultAlgorithms;
  for (const Algorithm each :
       {Algorithm::es256k, Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
    all.insert(each);
  }
  return all;
}

constexpr HeaderRules kAnyPolicy{.algorithms = every_algorithm(), .any_type = true};

}  // namespace

Result<std::string_view> IssuerReader::read(std::string_view token) noexcept {
  try {
    return read_steps(token);
  } catch (const std::bad_alloc&) {
    return Error(ErrorCode::out_of_memory);
  }
}

Result<std::string_view> IssuerReader::read_steps(std::string_view token) {
  if (const auto decoded = decode_jwt(jws_, token, kAnyPolicy); !decoded) return decoded.error();
  auto claims = parse_claims(jws_.payload(), &memory_);
  if (!claims) return concerning(claims.error());
  claims_.emplace(std::move(*claims));
  return Claims(*claims_).string("iss").transform_error(
      [this](const Error& error) { return concerning(error); });
}

}  // namespace jose
}  // namespace v0
}  // namespace jwks
