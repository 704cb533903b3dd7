// A token with many faults: which of them is told. The order of the checks is a promise (what runs
// before the signature holds sees nothing but the header), so it is tested: all faults at once,
// then one less, from the first to the last.

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/dpop.hpp"

namespace {

using jwks::Claims;
using jwks::Error;
using jwks::ErrorCode;
using jwks::Result;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;
using test::TokenBuilder;

std::string answer(const std::string& text, const jwks::ValidationOptions& options) {
  const auto result = jwks::verify(text, es256_set(), test::policy(options), kNow);
  if (result) return "accepted";
  return std::string(to_string(result.error().code())) + " " +
         std::string(result.error().subject());
}

/// Faults of form, in the order in which they are told.
enum Form : unsigned {
  size,
  dots,
  base64,
  json,
  parameter,
  crit,
  typ,
  alg,
  kid,
  signature,
  claims
};

std::string token_with_faults_from(Form first) {
  const auto has = [first](Form fault) { return first <= fault; };
  std::string header = R"({"kid":)" + json_quoted(has(kid) ? "unknown" : es256().key_id());
  header += R"(,"alg":)" + json_quoted(has(alg) ? "none" : "ES256");
  if (has(typ)) header += R"(,"typ":"dpop+jwt")";
  if (has(crit)) header += R"(,"crit":["x"],"x":1)";
  if (has(parameter)) header += R"(,"jku":1)";
  header += has(json) ? ",}" : "}";

  TokenBuilder builder = test::token(es256()).raw_header(header);
  if (has(claims)) builder.raw_payload(R"({"iss":"https://evil.example","exp":1)");
  if (has(signature)) builder.flip_bit(TokenBuilder::Segment::signature, 77);
  std::string text = builder.build().value();
  if (has(base64)) text.insert(0, "=");
  if (has(dots)) text += '.';
  if (has(size)) text.resize(jwks::kMaxTokenBytes + 1, 'A');
  return text;
}

}  // namespace

TEST_CASE("of several faults of form the first is told, and none of the payload before the rest",
          "[attack-143]") {
  const std::pair<Form, const char*> order[] = {{size, "too_large token"},
                                                {dots, "not_three_segments token"},
                                                {base64, "bad_base64url header"},
                                                {json, "bad_json header"},
                                                {parameter, "invalid_header jku"},
                                                {crit, "crit_unsupported crit"},
                                                {typ, "wrong_type typ"},
                                                {alg, "alg_not_allowed alg"},
                                                {kid, "unknown_key "},
                                                {signature, "bad_signature "},
                                                {claims, "bad_json payload"}};
  for (const auto& [first, expected] : order) {
    CAPTURE(first);
    CHECK(answer(token_with_faults_from(first), test::options()) == expected);
  }
  CHECK(answer(token_with_faults_from(Form{claims + 1}), test::options()) == "accepted");
}

TEST_CASE("of several faulty claims the first is told: types, presence, parties, times, scopes") {
  jwks::ValidationOptions options = test::options_with_dpop();
  options.required_claims = {"tenant"};
  options.required_scopes = {"read"};
  options.validators = {{"never", [](const Claims& claims) -> Result<void> {
                           if (claims.contains("welcome")) return {};
                           return Error(ErrorCode::custom).about("never");
                         }}};
  TokenBuilder builder = test::token(es256())
                             .claim("jti", "1")
                             .claim("iss", json_quoted("https://evil.example"))
                             .claim("aud", json_quoted("other"))
                             .claim("iat", "1")
                             .claim("exp", "1")
                             .claim("cnf", R"({"jkt":"unknown"})");
  const auto mended = [&](const char* name, const std::string& json) {
    const std::string said = answer(builder.build().value(), options);
    builder.claim(name, json);
    return said;
  };
  CHECK(mended("jti", json_quoted("1")) == "invalid_claim jti");
  CHECK(mended("tenant", "1") == "missing_claim tenant");
  CHECK(mended("iss", json_quoted(test::kIssuer)) == "wrong_issuer iss");
  CHECK(mended("aud", json_quoted(test::kAudience)) == "wrong_audience aud");
  CHECK(mended("exp", "1750000300") == "expired exp");
  CHECK(mended("cnf", "") == "binding_failed jkt");
  CHECK(mended("scope", json_quoted("read")) == "insufficient_scope scope");
  CHECK(mended("welcome", "1") == "custom never");
  CHECK(answer(builder.build().value(), options) == "accepted");
}
