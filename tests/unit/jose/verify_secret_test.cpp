// Tokens that are authenticated with a static secret.

#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::Jwk;
using jwks::JwkSet;
using test::Algorithm;
using test::json_quoted;
using test::kNow;
using test::refusal;
using test::TokenBuilder;

namespace {

constexpr std::pair<Algorithm, unsigned> kHmac[] = {
    {Algorithm::hs256, 256}, {Algorithm::hs384, 384}, {Algorithm::hs512, 512}};

const std::string kSecret(64, 's');

jwks::ValidationPolicy policy() { return test::policy(test::symmetric_algorithms()); }

/// The claims of a token that `policy()` accepts, authenticated with `secret`.
TokenBuilder token(unsigned bits, const std::string& secret = kSecret) {
  return test::token(test::es256()).header("kid", json_quoted("s")).sign_hmac(bits, secret);
}

JwkSet set_of(Algorithm algorithm, const std::string& secret = kSecret) {
  return JwkSet::from_secret(secret, algorithm, "s").value();
}

/// A secret without alg, which fits all three.
JwkSet open_set() {
  return JwkSet::parse_secrets(R"({"kty":"oct","kid":"s","k":")" +
                               jwks::base64url::encode(std::string_view(kSecret)) + "\"}")
      .value();
}

}  // namespace

TEST_CASE("a token of every HMAC is accepted with its secret and with no other") {
  for (const auto& [algorithm, bits] : kHmac) {
    CAPTURE(to_string(algorithm));
    const std::string text = token(bits).build().value();
    for (const JwkSet& keys : {set_of(algorithm), open_set()}) {
      const auto result = jwks::verify(text, keys, policy(), kNow);
      REQUIRE(result);
      CHECK(result->algorithm() == algorithm);
      CHECK(result->key_id() == "s");
      CHECK(result->key_thumbprint().empty());
    }
    CHECK(refusal(text, set_of(algorithm, kSecret + "s"), policy()).code() ==
          ErrorCode::bad_signature);
    CHECK(refusal(text, set_of(algorithm, std::string(64, 'S')), policy()).code() ==
          ErrorCode::bad_signature);
  }
}

TEST_CASE("a secret is pinned to its algorithm", "[attack-015][attack-016]") {
  for (const auto& [pinned, unused] : kHmac) {
    for (const auto& [used, bits] : kHmac) {
      if (pinned == used) continue;
      CAPTURE(to_string(pinned), to_string(used));
      CHECK(refusal(token(bits).build().value(), set_of(pinned), policy()).code() ==
            ErrorCode::alg_mismatch);
    }
  }
}

TEST_CASE("the MAC of another hash, cut or not, is refused", "[attack-023][attack-209]") {
  for (const auto& [named, bits] : kHmac) {
    for (const auto& [unused, other] : kHmac) {
      if (bits == other) continue;
      CAPTURE(to_string(named), other);
      auto builder = token(other).header("alg", json_quoted(to_string(named)));
      CHECK(refusal(builder.build().value(), open_set(), policy()).code() ==
            ErrorCode::bad_signature);
      builder.change_signature([bytes = bits / 8](std::string mac) {
        mac.resize(bytes, '\0');
        return mac;
      });
      CHECK(refusal(builder.build().value(), open_set(), policy()).code() ==
            ErrorCode::bad_signature);
    }
  }
}

TEST_CASE("a MAC that is right in its first bytes alone is refused", "[attack-209]") {
  for (const auto& [algorithm, bits] : kHmac) {
    const JwkSet keys = set_of(algorithm);
    for (std::size_t right = 0; right < bits / 8; ++right) {
      const auto spoilt = [right](std::string mac) {
        for (std::size_t i = right; i < mac.size(); ++i) mac[i] = static_cast<char>(~mac[i]);
        return mac;
      };
      const auto cut = [right](const std::string& mac) { return mac.substr(0, right); };
      CAPTURE(to_string(algorithm), right);
      CHECK(refusal(token(bits).change_signature(spoilt).build().value(), keys, policy()).code() ==
            ErrorCode::bad_signature);
      CHECK(refusal(token(bits).change_signature(cut).build().value(), keys, policy()).code() ==
            ErrorCode::bad_signature);
    }
  }
}

TEST_CASE("a set of secrets verifies no signature, and a set of public keys no MAC",
          "[attack-009][attack-012][attack-020]") {
  const auto& signer = test::es256();
  const std::string signed_text = test::token(signer).build().value();
  CHECK(refusal(signed_text, open_set()).code() == ErrorCode::unknown_key);
  CHECK(refusal(signed_text, open_set(), policy()).code() == ErrorCode::alg_not_allowed);
  const std::string kid = json_quoted(signer.key_id());
  for (const std::string& secret :
       {std::string(), kSecret, signer.public_pem(), signer.public_jwk()}) {
    const std::string text = token(256, secret).header("kid", kid).build().value();
    CHECK(refusal(text, test::es256_set()).code() == ErrorCode::alg_not_allowed);
    CHECK(refusal(text, test::es256_set(), policy()).code() == ErrorCode::alg_mismatch);
  }
}

TEST_CASE("among secrets without kid in the token, one has to fit", "[attack-039][attack-040]") {
  const Jwk first = Jwk::from_secret(kSecret, Algorithm::hs256, "a").value();
  const Jwk second = Jwk::from_secret(std::string(64, 'x'), Algorithm::hs256, "b").value();
  const Jwk third = Jwk::from_secret(std::string(64, 'y'), Algorithm::hs512, "c").value();
  const std::string text = token(256).header("kid", "").build().value();
  CHECK(jwks::verify(text, JwkSet::of({first, third}).value(), policy(), kNow).has_value());
  const JwkSet both = JwkSet::of({second, first}).value();
  CHECK(refusal(text, both, policy()).code() == ErrorCode::key_ambiguous);
  auto trying = test::symmetric_algorithms();
  trying.key_selection = jwks::KeySelection::try_candidates;
  CHECK(jwks::verify(text, both, test::policy(trying), kNow).has_value());
}

TEST_CASE("a secret outlives the set that it came in") {
  std::vector<Jwk> kept;
  {
    std::string text = kSecret;
    kept.push_back(Jwk::from_secret(text, Algorithm::hs256, "s").value());
    text.assign(text.size(), '\0');
  }
  const std::string text = token(256).build().value();
  CHECK(jwks::verify(text, JwkSet::of(kept).value(), policy(), kNow).has_value());
}
