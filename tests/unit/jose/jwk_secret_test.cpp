// Static secrets: the doors that let them in, and what they show.

#include <string>

#include "base/base64url.hpp"
#include "jwks/jwk_set.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Jwk;
using jwks::JwkSet;
using test::Algorithm;
using test::jwks_document;

namespace {

constexpr std::pair<Algorithm, std::size_t> kSizes[] = {
    {Algorithm::hs256, 32}, {Algorithm::hs384, 48}, {Algorithm::hs512, 64}};

std::string secret_of(std::size_t size) { return std::string(size, 's'); }

std::string oct(std::size_t size, const std::string& more = {}) {
  return R"({"kty":"oct","k":")" + jwks::base64url::encode(std::string_view(secret_of(size))) +
         "\"" + more + "}";
}

ErrorReason reason(const jwks::Result<Jwk>& key) {
  if (key) return ErrorReason::none;
  CHECK(key.error().code() == ErrorCode::key_rejected);
  return key.error().reason();
}

std::string fitting(const Jwk& key) {
  std::string names;
  for (const Algorithm each : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512,
                               Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    if (key.fits(each)) names.append(to_string(each)).append(" ");
  }
  return names;
}

}  // namespace

TEST_CASE("a secret is at least as long as its algorithm's hash", "[attack-013][attack-014]") {
  for (const auto& [algorithm, size] : kSizes) {
    CAPTURE(to_string(algorithm));
    const std::string alg = R"(,"alg":")" + std::string(to_string(algorithm)) + "\"";
    for (const std::size_t small : {std::size_t{0}, std::size_t{1}, size - 1}) {
      CAPTURE(small);
      CHECK(reason(Jwk::from_secret(secret_of(small), algorithm)) == ErrorReason::weak_secret);
      CHECK(reason(Jwk::parse_secret(oct(small, alg))) == ErrorReason::weak_secret);
    }
    for (const std::size_t enough : {size, size + 1, std::size_t{1000}}) {
      CAPTURE(enough);
      CHECK(reason(Jwk::from_secret(secret_of(enough), algorithm)) == ErrorReason::none);
      CHECK(reason(Jwk::parse_secret(oct(enough, alg))) == ErrorReason::none);
    }
  }
}

TEST_CASE("a secret without alg fits every HMAC that it is long enough for, and nothing else",
          "[attack-014]") {
  CHECK(reason(Jwk::parse_secret(oct(31))) == ErrorReason::weak_secret);
  CHECK(fitting(Jwk::parse_secret(oct(32)).value()) == "HS256 ");
  CHECK(fitting(Jwk::parse_secret(oct(47)).value()) == "HS256 ");
  CHECK(fitting(Jwk::parse_secret(oct(48)).value()) == "HS256 HS384 ");
  CHECK(fitting(Jwk::parse_secret(oct(63)).value()) == "HS256 HS384 ");
  CHECK(fitting(Jwk::parse_secret(oct(64)).value()) == "HS256 HS384 HS512 ");
  CHECK(fitting(Jwk::parse_secret(oct(64, R"(,"alg":"HS384")")).value()) == "HS384 ");
  CHECK(fitting(Jwk::from_secret(secret_of(64), Algorithm::hs256).value()) == "HS256 ");
}

TEST_CASE("each fault of a secret has its reason",
          "[attack-013][attack-168][attack-170][attack-171][attack-172][attack-173]") {
  const std::pair<std::string, ErrorReason> cases[] = {
      {oct(32, R"(,"use":"sig","key_ops":["sign","verify"],"kid":"1","other":[1])"),
       ErrorReason::none},
      {R"({"kty":"oct"})", ErrorReason::missing_member},
      {R"({"kty":"oct","k":""})", ErrorReason::weak_secret},
      {R"({"kty":"oct","k":null})", ErrorReason::bad_member},
      {R"({"kty":"oct","k":1})", ErrorReason::bad_member},
      {R"({"kty":"oct","k":"c3Nz="})", ErrorReason::bad_base64},
      {R"({"kty":"oct","k":"c3N/"})", ErrorReason::bad_base64},
      {R"({"kty":"oct","k":"c3R"})", ErrorReason::bad_base64},
      {R"({"kty":"oct","k":"c"})", ErrorReason::bad_base64},
      {oct(32, R"(,"use":"enc")"), ErrorReason::use_not_sig},
      {oct(32, R"(,"key_ops":["sign"])"), ErrorReason::key_ops},
      {oct(32, R"(,"key_ops":["verify","verify"])"), ErrorReason::key_ops},
      {oct(64, R"(,"alg":"RS256")"), ErrorReason::alg_mismatch},
      {oct(64, R"(,"alg":"EdDSA")"), ErrorReason::alg_mismatch},
      {oct(64, R"(,"alg":"A256GCM")"), ErrorReason::unknown_alg},
      {oct(64, R"(,"alg":"hs256")"), ErrorReason::unknown_alg},
      {oct(32, R"(,"kid":1)"), ErrorReason::bad_member},
      {oct(32, ",\"kid\":\"" + std::string(256, 'k') + "\""), ErrorReason::none},
      {oct(32, ",\"kid\":\"" + std::string(257, 'k') + "\""), ErrorReason::bad_length},
      {test::key(Algorithm::es256).public_jwk(), ErrorReason::unknown_kty},
      {R"({"k":"c3Nz"})", ErrorReason::missing_member},
  };
  for (const auto& [jwk, expected] : cases) {
    CAPTURE(jwk, to_string(expected));
    CHECK(to_string(reason(Jwk::parse_secret(jwk))) == to_string(expected));
  }
  CHECK(Jwk::parse_secret("[]").error().code() == ErrorCode::bad_json);
  CHECK(Jwk::parse_secret(R"({"kty":"oct","kty":"oct"})").error().code() ==
        ErrorCode::duplicate_member);
}

TEST_CASE("no other algorithm takes a secret, and no kid above 256 bytes names one") {
  for (const Algorithm algorithm : test::kSigned) {
    CAPTURE(to_string(algorithm));
    CHECK(reason(Jwk::from_secret(secret_of(64), algorithm)) == ErrorReason::alg_mismatch);
  }
  for (const std::size_t size : {255U, 256U}) {
    CHECK(Jwk::from_secret(secret_of(32), Algorithm::hs256, std::string(size, 'k')).has_value());
  }
  CHECK(reason(Jwk::from_secret(secret_of(32), Algorithm::hs256, std::string(257, 'k'))) ==
        ErrorReason::bad_length);
}

TEST_CASE("the text of a key is no secret", "[attack-009][attack-010][attack-011]") {
  const auto& signer = test::key(Algorithm::rs256);
  for (const std::string& text :
       {signer.public_pem(), signer.private_pem().value(), signer.public_jwk(),
        jwks_document({signer.public_jwk()}), "junk\n" + signer.public_pem(),
        "\xef\xbb\xbf" + signer.public_jwk(), oct(64),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + std::string(43, 'A'),
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC" + std::string(64, 'A'),
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAA" + std::string(64, 'A'),
        "---- BEGIN SSH2 PUBLIC KEY ----\n" + std::string(64, 'A')}) {
    CAPTURE(text);
    const auto secret = Jwk::from_secret(text, Algorithm::hs256);
    CHECK(reason(secret) == ErrorReason::weak_secret);
    CHECK(secret.error().message().find(text.substr(0, 20)) == std::string::npos);
    const std::string k = jwks::base64url::encode(std::string_view(text));
    CHECK(reason(Jwk::parse_secret(R"({"kty":"oct","k":")" + k + "\"}")) ==
          ErrorReason::weak_secret);
  }
}

TEST_CASE("a secret shows its size and names, and never itself") {
  const Jwk key = Jwk::parse_secret(oct(64, R"(,"alg":"HS512","kid":"a\"b")")).value();
  CHECK(key.is_secret());
  CHECK(key.key_type() == "oct");
  CHECK(key.key_id() == "a\"b");
  CHECK(key.algorithm() == Algorithm::hs512);
  CHECK(key.bits() == 512);
  CHECK(key.thumbprint().empty());
  CHECK(key.thumbprint_uri().empty());
  CHECK(key.to_json() == R"({"kty":"oct","alg":"HS512","kid":"a\"b","use":"sig"})");
  CHECK(reason(Jwk::parse_secret(oct(32))) == ErrorReason::none);
  CHECK(Jwk::parse_secret(oct(32)).value().to_json() == R"({"kty":"oct","use":"sig"})");
  CHECK(key.to_pem().error().code() == ErrorCode::key_rejected);
  CHECK_FALSE(test::key(Algorithm::es256).public_jwk().empty());
  CHECK_FALSE(Jwk::parse(test::key(Algorithm::es256).public_jwk()).value().is_secret());
}

TEST_CASE("secrets never come out of a published set", "[attack-168][attack-169]") {
  const auto& signer = test::key(Algorithm::es256);
  const auto set =
      JwkSet::parse(jwks_document({oct(64, R"(,"kid":"s")"), signer.public_jwk()})).value();
  REQUIRE(set.keys().size() == 1);
  CHECK_FALSE(set.keys()[0].is_secret());
  CHECK(set.rejection_of("s") == ErrorReason::symmetric);
  CHECK(reason(Jwk::parse(oct(64))) == ErrorReason::symmetric);
}

TEST_CASE("a set of secrets holds secrets alone", "[attack-049][attack-169]") {
  const auto& signer = test::key(Algorithm::es256);
  const auto refusal = [](const std::string& text) {
    const auto set = JwkSet::parse_secrets(text);
    REQUIRE_FALSE(set);
    return std::pair(set.error().code(), set.error().reason());
  };
  const std::pair other_kty(ErrorCode::key_rejected, ErrorReason::unknown_kty);
  CHECK(refusal(jwks_document({oct(64), signer.public_jwk()})) == other_kty);
  CHECK(refusal(jwks_document({signer.public_jwk(), oct(64)})) == other_kty);
  CHECK(refusal(signer.public_jwk()) == other_kty);

  const std::pair same_kid(ErrorCode::key_rejected, ErrorReason::duplicate_member);
  const std::string kid = R"(,"kid":"1")";
  CHECK(refusal(jwks_document({oct(32, kid), oct(64, kid)})) == same_kid);
  CHECK(refusal(jwks_document({oct(32, kid), oct(8, kid)})) == same_kid);
  CHECK(refusal(jwks_document({oct(8, kid), oct(32, kid)})) == same_kid);

  CHECK(refusal("{}").first == ErrorCode::bad_json);
  CHECK(refusal(R"({"keys":{}})").first == ErrorCode::bad_json);
  CHECK(refusal(jwks_document(std::vector<std::string>(129, "{}"))).first == ErrorCode::too_large);
  CHECK(refusal(oct(32) + std::string(JwkSet::kMaxBytes, ' ')).first == ErrorCode::too_large);
}

TEST_CASE("a set of secrets keeps its good entries and lists the others") {
  const auto set =
      JwkSet::parse_secrets(jwks_document({oct(32, R"(,"kid":"a")"), oct(31, R"(,"kid":"b")"), "7",
                                           oct(32, R"(,"use":"enc")"), oct(33)}));
  REQUIRE(set);
  REQUIRE(set->keys().size() == 2);
  CHECK(set->keys()[0].key_id() == "a");
  CHECK(set->keys()[1].bits() == 264);
  REQUIRE(set->skipped().size() == 3);
  CHECK(set->rejection_of("b") == ErrorReason::weak_secret);
  CHECK(set->skipped()[1].reason == ErrorReason::not_an_object);

  const auto one = JwkSet::parse_secrets(oct(32));
  REQUIRE(one);
  CHECK(one->keys().size() == 1);
  CHECK(JwkSet::parse_secrets(oct(31)).value().keys().empty());
}

TEST_CASE("a set is made of public keys or of secrets, and of 128 at most",
          "[attack-020][attack-169]") {
  const Jwk secret = Jwk::from_secret(secret_of(32), Algorithm::hs256, "s").value();
  const Jwk open = Jwk::parse(test::key(Algorithm::es256).public_jwk()).value();
  CHECK(JwkSet::of({}).value().keys().empty());
  CHECK(JwkSet::of({secret, secret}).value().keys().size() == 2);
  CHECK(JwkSet::of({open, open}).value().keys().size() == 2);
  for (const auto& mixed : {std::vector{secret, open}, std::vector{open, secret}}) {
    const auto set = JwkSet::of(mixed);
    REQUIRE_FALSE(set);
    CHECK(set.error().code() == ErrorCode::bad_config);
    CHECK(set.error().subject() == "keys");
  }
  CHECK(JwkSet::of(std::vector(127, open)).has_value());
  CHECK(JwkSet::of(std::vector(128, open)).has_value());
  CHECK(JwkSet::of(std::vector(129, open)).error().code() == ErrorCode::bad_config);

  const JwkSet single = JwkSet::from_secret(secret_of(32), Algorithm::hs256, "s").value();
  REQUIRE(single.keys().size() == 1);
  CHECK(single.keys()[0].key_id() == "s");
  CHECK(JwkSet::from_secret(secret_of(31), Algorithm::hs256).error().reason() ==
        ErrorReason::weak_secret);
}
