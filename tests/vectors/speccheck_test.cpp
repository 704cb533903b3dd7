// ed25519-speccheck: signatures on which implementations of Ed25519 disagree. The library takes the
// strictest reading that RFC 8032 allows for keys: the encoding is canonical and the point lies in
// the group of prime order, so that no key verifies what its owner did not sign.
//
// Source: novifinancial/ed25519-speccheck, cases.json (Apache-2.0).

#include <array>
#include <cstddef>
#include <string>

#include "base/base64url.hpp"
#include "jose/jwk_state.hpp"
#include "support/catch.hpp"
#include "vectors/vectors.hpp"

namespace {

using jwks::Algorithm;
using jwks::ErrorReason;
using jwks::JsonValue;
using jwks::Jwk;

TEST_CASE("ed25519-speccheck: no signature of the 12 cases is accepted",
          "[attack-151][attack-152]") {
  if (!vectors::available("ed25519-speccheck")) return;
  // Why the key is refused. Cases 6 and 7 have a proper key, and a signature whose S is not
  // reduced.
  constexpr std::array<ErrorReason, 12> kKeyRefused = {
      ErrorReason::small_order,         // 0: A and R of small order, S = 0
      ErrorReason::small_order,         // 1: A of small order
      ErrorReason::small_order,         // 2: A of mixed order, R of small order
      ErrorReason::small_order,         // 3: A and R of mixed order
      ErrorReason::small_order,         // 4: as 3, holds only with the cofactor
      ErrorReason::small_order,         // 5: A of mixed order, R of prime order
      ErrorReason::none,                // 6: S > L
      ErrorReason::none,                // 7: S >> L
      ErrorReason::small_order,         // 8: R is not canonical
      ErrorReason::small_order,         // 9: as 8, reduced for the hash
      ErrorReason::point_not_on_curve,  // 10: A is not canonical
      ErrorReason::point_not_on_curve,  // 11: as 10, reduced for the hash
  };
  const vectors::JsonText document(vectors::read("ed25519-speccheck/cases.json"));
  REQUIRE(document.root().size() == kKeyRefused.size());
  std::size_t id = 0;
  for (const JsonValue vector : document.root()) {
    CAPTURE(id);
    const std::string x = jwks::base64url::encode(vectors::hex_member(vector, "pub_key"));
    const auto key = Jwk::parse(R"({"kty":"OKP","crv":"Ed25519","x":")" + x + "\"}");
    CHECK((key ? ErrorReason::none : key.error().reason()) == kKeyRefused[id]);
    for (const Algorithm algorithm : {Algorithm::eddsa, Algorithm::ed25519}) {
      CHECK_FALSE((key && jwks::jose::signature_holds(*key, algorithm,
                                                      vectors::hex_member(vector, "message"),
                                                      vectors::hex_member(vector, "signature"))));
    }
    ++id;
  }
}

}  // namespace
