// Reading "iss" before there is a policy: as strict as `verify` in all that no policy changes.

#include "jose/route.hpp"

#include <string>

#include "support/catch.hpp"
#include "support/tokens.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::jose::IssuerReader;
using test::es256;
using test::json_quoted;
using test::kIssuer;
using test::TokenBuilder;
using Segment = test::TokenBuilder::Segment;

std::string issuer_of(const std::string& text) {
  IssuerReader reader;
  return std::string(reader.read(text).value());
}

Error refusal_of(const std::string& text) {
  IssuerReader reader;
  return reader.read(text).error();
}

/// The refusal of a token that `change` has spoilt; verify must give the same one.
template <class Change>
std::string refused(Change change) {
  TokenBuilder builder = test::token(es256());
  change(builder);
  const std::string text = builder.build().value();
  const Error error = refusal_of(text);
  CHECK(error.message() == test::refusal(text, test::es256_set()).message());
  return std::string(to_string(error.code())) + " " + std::string(error.subject());
}

}  // namespace

TEST_CASE("the issuer of a token is read whatever a policy would say of the rest") {
  CHECK(issuer_of(test::token(es256()).build().value()) == kIssuer);
  for (const char* typ : {"secevent+jwt", "dpop+jwt", "JWT", "", "anything"}) {
    CHECK(issuer_of(test::token(es256()).header("typ", json_quoted(typ)).build().value()) ==
          kIssuer);
  }
  for (const char* alg : {"RS256", "ES256K", "EdDSA", "HS256", "HS512", "ML-DSA-44"}) {
    CHECK(issuer_of(test::token(es256()).header("alg", json_quoted(alg)).build().value()) ==
          kIssuer);
  }
  CHECK(issuer_of(test::token(es256()).claim("exp", "\"never\"").build().value()) == kIssuer);
  CHECK(issuer_of(test::token(es256()).claim("iss", R"("a\u0062c")").build().value()) == "abc");
  CHECK(issuer_of(test::token(es256()).claim("iss", R"("")").build().value()).empty());
}

TEST_CASE("a token that no policy would take is refused before its issuer is looked up") {
  const auto segment = [](Segment which, std::string_view text) {
    return [=](TokenBuilder& t) { t.raw_segment(which, std::string(text)); };
  };
  CHECK(refused(segment(Segment::header, "")) == "not_three_segments token");
  CHECK(refused(segment(Segment::payload, "")) == "not_three_segments token");
  CHECK(refused(segment(Segment::payload, "e30=")) == "bad_base64url payload");
  CHECK(refused(segment(Segment::signature, "*")) == "bad_base64url signature");
  CHECK(refused([](auto& t) { t.raw_header(R"({"alg":"ES256",})"); }) == "bad_json header");
  CHECK(refused([](auto& t) { t.raw_header(R"({"alg":"ES256","alg":"ES256"})"); }) ==
        "duplicate_member header");
  CHECK(refused([](auto& t) { t.header("kid", "1"); }) == "invalid_header kid");
  CHECK(refused([](auto& t) { t.header("crit", R"(["exp"])").header("exp", "1"); }) ==
        "crit_unsupported crit");
  CHECK(refused([](auto& t) { t.header("alg", json_quoted("none")); }) == "alg_not_allowed alg");
  CHECK(refused([](auto& t) { t.header("alg", json_quoted("es256")); }) == "alg_not_allowed alg");
  CHECK(refused([](auto& t) { t.raw_payload("[]"); }) == "bad_json payload");
  CHECK(refused([](auto& t) { t.raw_payload(R"({"iss":"a","iss":"a"})"); }) ==
        "duplicate_member payload");
  CHECK(refused([](auto& t) { t.claim("iss", ""); }) == "missing_claim iss");
  CHECK(refused([](auto& t) { t.claim("iss", "[\"a\"]"); }) == "invalid_claim iss");
  CHECK(refused([](auto& t) { t.claim("iss", "null"); }) == "invalid_claim iss");
  CHECK(refusal_of(std::string(jwks::kMaxTokenBytes + 1, 'A')).code() == ErrorCode::too_large);
}

TEST_CASE("the refusal of a claim that was not verified tells nothing of it") {
  const auto text = test::token(es256()).claim("iss", R"({"evil":"text"})").build().value();
  const Error error = refusal_of(text);
  CHECK(error.message().find("evil") == std::string::npos);
  CHECK(error.key_id() == es256().key_id());
  CHECK(error.algorithm() == test::Algorithm::es256);
}

TEST_CASE("the issuer of a token with many claims is read as well") {
  TokenBuilder builder = test::token(es256());
  for (int i = 0; i < 200; ++i) builder.claim("claim-" + std::to_string(i), "[1,2,3]");
  CHECK(issuer_of(builder.build().value()) == kIssuer);
}
