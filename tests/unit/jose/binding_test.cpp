// Tokens with "cnf", and tokens that are accepted once: what `verify` makes of a presentation.

#include "support/catch.hpp"
#include "support/dpop.hpp"

namespace {

using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Presentation;
using jwks::ValidationOptions;
using std::chrono::seconds;
using test::bound_token;
using test::client_key;
using test::confirmed_token;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::options_with_dpop;
using test::presentation;
using test::proof_for;
using test::token;
using test::TokenBuilder;

const std::string kThumbprint = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";

jwks::Result<jwks::VerifiedToken> verified(std::string_view text, const ValidationOptions& with,
                                           const Presentation& presented = {},
                                           std::chrono::system_clock::time_point now = kNow) {
  return jwks::verify(text, es256_set(), test::policy(with), now, presented);
}

/// "accepted", or code, reason and subject of the refusal.
std::string answer_to(const jwks::Result<jwks::VerifiedToken>& result) {
  if (result) return "accepted";
  const Error& error = result.error();
  std::string out(to_string(error.code()));
  if (error.reason() != ErrorReason::none) out.append(".").append(to_string(error.reason()));
  return out.append(" ").append(error.subject());
}

std::string answer(const TokenBuilder& builder, const ValidationOptions& with,
                   const Presentation& presented = {}) {
  return answer_to(verified(builder.build().value(), with, presented));
}

/// The answer to a token with a proof for it by `signer`.
std::string answer_with_proof(const TokenBuilder& builder, const ValidationOptions& with,
                              const test::SigningKey& signer = client_key()) {
  const std::string text = builder.build().value();
  const std::string proof = proof_for(text, signer).build().value();
  return answer_to(verified(text, with, presentation(proof)));
}

}  // namespace

TEST_CASE("a token without cnf is a bearer's") {
  CHECK(answer(token(es256()), test::options()) == "accepted");
  CHECK(answer(token(es256()), options_with_dpop()) == "accepted");
  CHECK(answer(token(es256()), test::options(), {.certificate_thumbprint = kThumbprint}) ==
        "accepted");
}

TEST_CASE("a token that is not bound is refused where DPoP was used or is required",
          "[attack-140]") {
  CHECK(answer_with_proof(token(es256()), options_with_dpop()) ==
        "binding_failed.dpop_binding cnf");
  CHECK(answer_with_proof(token(es256()), test::options()) == "binding_failed.dpop_binding cnf");
  ValidationOptions strict = options_with_dpop();
  strict.dpop->required = true;
  CHECK(answer(token(es256()), strict) == "binding_failed.dpop_binding cnf");
  CHECK(answer_with_proof(bound_token(), strict) == "accepted");
  const auto by_certificate = confirmed_token("{\"x5t#S256\":" + json_quoted(kThumbprint) + "}");
  CHECK(answer(by_certificate, strict, {.certificate_thumbprint = kThumbprint}) ==
        "binding_failed.dpop_binding cnf");
}

TEST_CASE("a cnf that is no object is invalid", "[attack-141]") {
  for (const std::string_view json : {"null", "true", "1", "\"jkt\"", "[]", "[{\"jkt\":\"a\"}]"}) {
    CAPTURE(json);
    CHECK(answer(confirmed_token(json), options_with_dpop()) == "invalid_claim cnf");
  }
  for (const std::string_view member : {"jkt", "x5t#S256"}) {
    for (const std::string_view json : {"null", "1", "{}", "[\"a\"]", "false"}) {
      CAPTURE(member, json);
      const std::string cnf = "{" + json_quoted(member) + ":" + std::string(json) + "}";
      CHECK(answer(confirmed_token(cnf), options_with_dpop()) == "invalid_claim cnf");
    }
  }
}

TEST_CASE("a member of cnf that occurs twice is refused", "[attack-085]") {
  CHECK(answer(confirmed_token(R"({"jkt":"a","jkt":"b"})"), options_with_dpop()) ==
        "duplicate_member payload");
}

TEST_CASE("a cnf that nobody can check binds nothing and is refused", "[attack-141]") {
  const std::string jwk = "{\"jwk\":" + client_key().public_jwk() + "}";
  for (const std::string& cnf :
       {std::string("{}"), std::string(R"({"kid":"k"})"), std::string(R"({"x5t":"a","JKT":"b"})"),
        std::string(R"({"jku":"https://evil.example"})"), jwk}) {
    CAPTURE(cnf);
    CHECK(answer(confirmed_token(cnf), options_with_dpop()) == "binding_failed cnf");
    CHECK(answer_with_proof(confirmed_token(cnf), options_with_dpop()) == "binding_failed cnf");
    CHECK(answer(confirmed_token(cnf), test::options(), {.certificate_thumbprint = kThumbprint}) ==
          "binding_failed cnf");
  }
}

TEST_CASE("a token bound to a DPoP key is no bearer token", "[attack-140]") {
  CHECK(answer(bound_token(), options_with_dpop()) == "binding_failed.dpop_binding jkt");
  CHECK(answer(bound_token(), options_with_dpop(), {.certificate_thumbprint = kThumbprint}) ==
        "binding_failed.dpop_binding jkt");
  CHECK(answer(bound_token(), test::options()) == "binding_failed jkt");
  CHECK(answer_with_proof(bound_token(), test::options()) == "binding_failed jkt");
}

TEST_CASE("a token bound to a DPoP key is accepted with a proof of that key", "[attack-141]") {
  CHECK(answer_with_proof(bound_token(), options_with_dpop()) == "accepted");
  CHECK(answer_with_proof(bound_token(), options_with_dpop(), test::stranger_key()) ==
        "binding_failed.dpop_binding jkt");
  for (const std::string& jkt :
       {std::string(), client_key().thumbprint() + "=", client_key().thumbprint().substr(0, 42),
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + client_key().thumbprint(),
        test::hash_of(client_key().public_jwk()), client_key().key_id()}) {
    CAPTURE(jkt);
    CHECK(answer_with_proof(confirmed_token("{\"jkt\":" + json_quoted(jkt) + "}"),
                            options_with_dpop()) == "binding_failed.dpop_binding jkt");
  }
  const auto with_more =
      confirmed_token("{\"jkt\":" + json_quoted(client_key().thumbprint()) + ",\"kid\":\"k\"}");
  CHECK(answer_with_proof(with_more, options_with_dpop()) == "accepted");
}

TEST_CASE("a proof goes with the text of one token", "[attack-142]") {
  const std::string one = bound_token().build().value();
  const std::string other = bound_token().claim("sub", json_quoted("bob")).build().value();
  const std::string proof = proof_for(other).build().value();
  const auto result = verified(one, options_with_dpop(), presentation(proof));
  REQUIRE_FALSE(result);
  CHECK(result.error().reason() == ErrorReason::invalid_dpop_proof);
  CHECK(result.error().subject() == "ath");
}

TEST_CASE("a token bound to a certificate needs that certificate", "[attack-140][attack-141]") {
  const auto bound = [](std::string_view thumbprint) {
    return confirmed_token("{\"x5t#S256\":" + json_quoted(thumbprint) + "}");
  };
  CHECK(answer(bound(kThumbprint), test::options(), {.certificate_thumbprint = kThumbprint}) ==
        "accepted");
  CHECK(answer(bound(kThumbprint), test::options()) == "binding_failed x5t#S256");
  CHECK(answer(bound(""), test::options()) == "binding_failed x5t#S256");
  for (const std::string& other : {std::string("x"), kThumbprint + "=", kThumbprint.substr(0, 42),
                                   std::string("BWCK0ESC3ACC3DB2Y5_LESSXE8O9LTC05O89JDN-DG2")}) {
    CAPTURE(other);
    CHECK(answer(bound(kThumbprint), test::options(), {.certificate_thumbprint = other}) ==
          "binding_failed x5t#S256");
  }
  CHECK(answer_with_proof(bound(kThumbprint), options_with_dpop()) == "binding_failed x5t#S256");
}

TEST_CASE("a token bound to a key and a certificate needs both", "[attack-141]") {
  const auto both = confirmed_token("{\"jkt\":" + json_quoted(client_key().thumbprint()) +
                                    ",\"x5t#S256\":" + json_quoted(kThumbprint) + "}");
  const std::string text = both.build().value();
  const auto with = options_with_dpop();
  const auto present = [&](bool proof, bool certificate) {
    const std::string proof_text = proof_for(text).build().value();
    Presentation presented;
    if (proof) presented = presentation(proof_text);
    if (certificate) presented.certificate_thumbprint = kThumbprint;
    return verified(text, with, presented).has_value();
  };
  CHECK(present(true, true));
  CHECK_FALSE(present(true, false));
  CHECK_FALSE(present(false, true));
  CHECK_FALSE(present(false, false));
}

TEST_CASE("claims are judged before the binding") {
  const auto expired = bound_token().claim("exp", kNow - seconds(100));
  CHECK(answer(expired, options_with_dpop()) == "expired exp");
  CHECK(answer_with_proof(bound_token().claim("aud", "\"other\""), options_with_dpop()) ==
        "wrong_audience aud");
}

TEST_CASE("a proof is not used up by a token that is refused", "[attack-142]") {
  ValidationOptions with = options_with_dpop();
  const std::string text = bound_token().build().value();
  const std::string proof = proof_for(text).build().value();
  ValidationOptions choosy = with;
  choosy.validators = {{.name = "never", .check = [](const jwks::Claims&) -> jwks::Result<void> {
                          return Error(ErrorCode::custom).about("never");
                        }}};
  const auto refused = verified(text, choosy, presentation(proof));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::custom);
  CHECK(verified(text, with, presentation(proof)));
  const auto replayed = verified(text, with, presentation(proof));
  REQUIRE_FALSE(replayed);
  CHECK(replayed.error().code() == ErrorCode::replayed);
  CHECK(replayed.error().reason() == ErrorReason::invalid_dpop_proof);
  const std::string fresh = proof_for(text).build().value();
  CHECK(verified(text, with, presentation(fresh)));
}

TEST_CASE("a token is accepted once where a replay cache is set", "[attack-134]") {
  ValidationOptions with = test::options();
  with.allow_any_issuer = true;
  with.issuer.clear();
  with.replay_cache = test::replay_cache();
  const auto token_with = [](std::string_view iss, std::string_view jti) {
    return token(es256()).claim("iss", json_quoted(iss)).claim("jti", json_quoted(jti));
  };
  CHECK(answer(token_with("https://a", "1"), with) == "accepted");
  CHECK(answer(token_with("https://a", "1"), with) == "replayed jti");
  CHECK(answer(token_with("https://a", "1").claim("sub", "\"bob\""), with) == "replayed jti");
  CHECK(answer(token_with("https://a", "2"), with) == "accepted");
  CHECK(answer(token_with("https://b", "1"), with) == "accepted");
  // What a separator would confuse.
  CHECK(answer(token_with("https://a", "b:c"), with) == "accepted");
  CHECK(answer(token_with("https://a:b", "c"), with) == "accepted");
  CHECK(answer(token(es256()), with) == "missing_claim jti");
  CHECK(answer(token_with("https://a", ""), with) == "invalid_claim jti");
}

TEST_CASE("a token is remembered until it can't be accepted any more", "[attack-134]") {
  ValidationOptions with = test::options();
  with.replay_cache = test::replay_cache(1);
  const auto end = kNow + seconds(300) + with.clock_skew;
  const std::string first = token(es256()).claim("jti", "\"1\"").build().value();
  CHECK(verified(first, with));
  const auto again = verified(first, with, {}, end - std::chrono::nanoseconds(1));
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == ErrorCode::replayed);
  const std::string second =
      token(es256()).claim("jti", "\"2\"").claim("exp", end + seconds(60)).build().value();
  const auto full = verified(second, with);
  REQUIRE_FALSE(full);
  CHECK(full.error().code() == ErrorCode::out_of_memory);
  CHECK(full.error().reason() == ErrorReason::replay_cache_full);
  CHECK(verified(second, with, {}, end + seconds(10)));
}

TEST_CASE("a token that hardly ever expires is remembered as long", "[attack-109][attack-134]") {
  ValidationOptions with = test::options();
  with.replay_cache = test::replay_cache(2);
  const auto builder = token(es256()).claim("jti", "\"1\"").claim("exp", "253402300799");
  CHECK(answer(builder, with) == "accepted");
  CHECK(answer(builder, with) == "replayed jti");
}

TEST_CASE("a token that is refused is not remembered", "[attack-134]") {
  ValidationOptions with = test::options();
  with.replay_cache = test::replay_cache();
  const auto builder = token(es256()).claim("jti", "\"1\"");
  CHECK(answer(TokenBuilder(builder).claim("aud", "\"other\""), with) == "wrong_audience aud");
  CHECK(answer(TokenBuilder(builder).flip_bit(TokenBuilder::Segment::signature, 0), with) ==
        "bad_signature ");
  CHECK(answer(builder, with) == "accepted");
}

TEST_CASE("one cache serves tokens and proofs", "[attack-134]") {
  ValidationOptions with = options_with_dpop();
  with.replay_cache = with.dpop->replay_cache;
  const auto builder = bound_token().claim("jti", "\"same\"");
  const std::string text = builder.build().value();
  const std::string proof = proof_for(text).claim("jti", "\"same\"").build().value();
  CHECK(verified(text, with, presentation(proof)));
  const std::string fresh = proof_for(text).build().value();
  const auto replayed = verified(text, with, presentation(fresh));
  REQUIRE_FALSE(replayed);
  CHECK(replayed.error().code() == ErrorCode::replayed);
  CHECK(replayed.error().reason() == ErrorReason::none);
}
