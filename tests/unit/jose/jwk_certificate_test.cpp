// "x5c" and "x5t#S256" of a JWK, and the thumbprint of a certificate.

#include <algorithm>
#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "jwks/presentation.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/tokens.hpp"

using jwks::ErrorReason;
using jwks::Jwk;
using test::Algorithm;
using test::json_quoted;

namespace {

std::string with(const test::SigningKey& key, const std::string& more) {
  std::string jwk = key.public_jwk();
  jwk.insert(jwk.size() - 1, more);
  return jwk;
}

std::string x5c(const std::vector<std::string>& certificates) {
  std::string items;
  for (const std::string& der : certificates) {
    items.append(items.empty() ? "" : ",").append(json_quoted(test::base64(der)));
  }
  return R"(,"x5c":[)" + items + "]";
}

std::string x5t(const std::string& thumbprint) {
  return R"(,"x5t#S256":)" + json_quoted(thumbprint);
}

std::string certificate_of(const test::SigningKey& key, long from = -60, long to = 3600) {
  return test::certificate(key.private_pem().value(), from, to);
}

std::string thumbprint(const std::string& der) {
  return jwks::base64url::encode(*jwks::crypto::sha256(der));
}

std::string reason(const std::string& jwk) {
  const auto key = Jwk::parse(jwk);
  return std::string(key ? "none" : to_string(key.error().reason()));
}

}  // namespace

TEST_CASE("a JWK may carry the certificate of its own key", "[attack-175]") {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::ed25519,
                                    Algorithm::ed448, Algorithm::es256k}) {
    CAPTURE(to_string(algorithm));
    const auto& key = test::key(algorithm);
    const std::string der = certificate_of(key);
    CHECK(reason(with(key, x5c({der}))) == "none");
    CHECK(reason(with(key, x5t(thumbprint(der)))) == "none");
    CHECK(reason(with(key, x5c({der}) + x5t(thumbprint(der)))) == "none");
  }
}

TEST_CASE("the dates, the names and the rest of a chain are not judged", "[attack-175]") {
  const auto& key = test::es256();
  const std::string der = certificate_of(key);
  CHECK(reason(with(key, x5c({certificate_of(key, -7200, -3600)}))) == "none");
  CHECK(reason(with(key, x5c({certificate_of(key, 3600, 7200)}))) == "none");
  CHECK(reason(with(key, x5c({der, certificate_of(test::key(Algorithm::rs256))}))) == "none");
  CHECK(reason(with(key, x5c({der, "not a certificate"}))) == "none");
  for (const std::size_t count : {std::size_t{7}, std::size_t{8}}) {
    CHECK(reason(with(key, x5c(std::vector(count, der)))) == "none");
  }
}

TEST_CASE("a certificate of another key spoils the JWK", "[attack-175]") {
  const auto& key = test::es256();
  const std::string own = certificate_of(key);
  const std::string other = certificate_of(test::key(Algorithm::es256, 1));
  CHECK(reason(with(key, x5c({other}))) == "x5c_mismatch");
  CHECK(reason(with(key, x5c({other, own}))) == "x5c_mismatch");
  CHECK(reason(with(key, x5c({certificate_of(test::key(Algorithm::rs256))}))) == "x5c_mismatch");
  CHECK(reason(with(key, x5c({"not a certificate"}))) == "x5c_mismatch");
  CHECK(reason(with(key, x5c({own + "x"}))) == "x5c_mismatch");
  CHECK(reason(with(key, x5c({own.substr(0, own.size() - 1)}))) == "x5c_mismatch");
  CHECK(reason(with(key, x5c({own}) + x5t(thumbprint(other)))) == "x5c_mismatch");
}

TEST_CASE("x5c and x5t#S256 have one form", "[attack-173][attack-175]") {
  const auto& key = test::es256();
  std::string der = certificate_of(key);
  while (der.size() % 3 == 0) der = certificate_of(key);  // so that the base64 has padding
  const std::string good = test::base64(der);
  REQUIRE(good.ends_with('='));
  const auto item = [&](const std::string& text) {
    return reason(with(key, R"(,"x5c":[)" + json_quoted(text) + "]"));
  };
  CHECK(item(good) == "none");
  CHECK(item(good.substr(0, good.find('='))) == "bad_base64");
  CHECK(item(good + "=") == "bad_base64");
  CHECK(item(good + "====") == "bad_base64");
  CHECK(item(good + "\\n") == "bad_base64");
  CHECK(item(" " + good.substr(1)) == "bad_base64");
  CHECK(item("") == "bad_base64");
  CHECK(item("====") == "bad_base64");
  CHECK(item("AA-_") == "bad_base64");
  CHECK(item("AA+/") == "x5c_mismatch");
  std::string url_safe = "-" + good.substr(1);
  CHECK(item(url_safe) == "bad_base64");

  for (const char* value : {"{}", "\"AAAA\"", "null", "[1]", "[null]", "[[\"AAAA\"]]"}) {
    CAPTURE(value);
    CHECK(reason(with(key, std::string(R"(,"x5c":)") + value)) == "bad_member");
  }
  CHECK(reason(with(key, x5c(std::vector(9, der)))) == "bad_member");
  CHECK(reason(with(key, x5c(std::vector(100, der)))) == "bad_member");
}

TEST_CASE("an x5t#S256 that is none, and an empty x5c, cost nobody his keys", "[attack-175]") {
  const auto& key = test::es256();
  const std::string hash(42, 'a');
  for (const std::string& hint :
       {std::string(R"(,"x5t#S256":1)"), x5t(hash + "A="), x5t(hash + "+"), x5t(""),
        x5t(hash.substr(0, 40)), x5t(hash + hash + "AA"), std::string(R"(,"x5c":[])")}) {
    CAPTURE(hint);
    CHECK(reason(with(key, hint)) == "none");
    // A key without a thumbprint goes with whatever certificate a token names.
    const auto set = jwks::JwkSet::parse("{\"keys\":[" + with(key, hint) + "]}").value();
    const auto text =
        test::token(key).header("x5t#S256", test::json_quoted(hash + "A")).build().value();
    CHECK(jwks::verify(text, set, test::policy(), test::kNow));
  }
}

TEST_CASE("a token that names the certificate of another key is refused, wherever the JWK has it",
          "[attack-032]") {
  const auto& key = test::es256();
  const std::string der = certificate_of(key);
  const std::string other = thumbprint(certificate_of(test::key(Algorithm::es256, 1)));
  for (const std::string& more :
       {x5c({der}), x5t(thumbprint(der)), x5c({der}) + x5t(thumbprint(der))}) {
    const auto set = jwks::JwkSet::parse(test::jwks_document({with(key, more)})).value();
    const auto naming = [&](const std::string& hash) {
      return test::token(key).header("x5t#S256", json_quoted(hash)).build().value();
    };
    CHECK(jwks::verify(naming(thumbprint(der)), set, test::policy(), test::kNow).has_value());
    CHECK(test::refusal(naming(other), set).reason() == ErrorReason::x5t_mismatch);
  }
}

TEST_CASE("the thumbprint of a certificate is the SHA-256 of its DER") {
  const std::string der = certificate_of(test::es256());
  CHECK(jwks::certificate_thumbprint(der).value() == thumbprint(der));
  CHECK(jwks::certificate_thumbprint(test::pem("CERTIFICATE", der)).value() == thumbprint(der));
  for (const std::string& bad : {std::string(), std::string("0"), der + "x",
                                 test::es256().public_pem(), test::pem("CERTIFICATE", "x")}) {
    const auto result = jwks::certificate_thumbprint(bad);
    REQUIRE_FALSE(result);
    CHECK(result.error().reason() == ErrorReason::bad_pem);
  }
}

TEST_CASE("no certificate at all is one that can't be read") {
  CHECK(jwks::certificate_thumbprint({}).error().reason() == ErrorReason::bad_pem);
  CHECK(Jwk::from_pem({}, Algorithm::es256).error().reason() == ErrorReason::bad_pem);
}
