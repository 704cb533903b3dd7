// An ID token against the sign-in that it answers (OpenID Connect Core 1.0 §3.1.3.7, §3.3.2.11).

#include "jwks/id_token.hpp"

#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::IdTokenPolicy;
using jwks::TokenProfile;
using jwks::crypto::HashFunction;
using std::chrono::seconds;
using test::Algorithm;
using test::es256;
using test::json_quoted;
using test::key;
using test::kNow;
using test::SigningKey;
using test::token;
using test::TokenBuilder;

namespace {

jwks::VerifiedToken verified(const TokenBuilder& builder, const SigningKey& signer = es256(),
                             TokenProfile profile = TokenProfile::id_token) {
  jwks::ValidationOptions options = test::options();
  options.profile = profile;
  options.algorithms.insert(signer.algorithm());
  return jwks::verify(builder.build().value(), test::key_set({signer}), test::policy(options), kNow)
      .value();
}

std::string answer(const jwks::VerifiedToken& token, const IdTokenPolicy& expected,
                   std::chrono::system_clock::time_point now = kNow) {
  const auto valid = jwks::validate_id_token(token, expected, now);
  if (valid) return "accepted";
  return std::string(to_string(valid.error().code())) + " " + std::string(valid.error().subject());
}

std::string left_half(HashFunction function, std::string_view value) {
  const auto hash = jwks::crypto::digest(function, value);
  return jwks::base64url::encode(hash->bytes().first(hash->size / 2));
}

const std::string kCode = "SplxlOBeZQQYbYS6WxSbIA";

}  // namespace

TEST_CASE("azp, nonce and at_hash: right, wrong and missing values have their code", "[claim-79]") {
  const std::string right = json_quoted(left_half(HashFunction::sha256, kCode));
  const auto refusal = [](const TokenBuilder& builder) {
    jwks::ValidationOptions options = test::options();
    options.profile = TokenProfile::id_token;
    return to_string(
        test::refusal(builder.build().value(), test::es256_set(), test::policy(options)).code());
  };
  const auto several = [] { return token(es256()).claim("aud", R"(["orders-api","other"])"); };
  CHECK(answer(verified(several().claim("azp", json_quoted(test::kAudience))), {}) == "accepted");
  CHECK(refusal(several().claim("azp", R"("other")")) == "wrong_azp");
  CHECK(refusal(several()) == "wrong_azp");

  const auto nonce = [](const char* json) {
    return answer(verified(token(es256()).claim("nonce", json)), {.nonce = "n-0S6"});
  };
  CHECK(nonce(R"("n-0S6")") == "accepted");
  CHECK(nonce(R"("n-0S7")") == "wrong_nonce nonce");
  CHECK(nonce("") == "wrong_nonce nonce");

  const auto at_hash = [](const std::string& json) {
    return answer(verified(token(es256()).claim("at_hash", json)),
                  {.access_token = kCode, .require_hashes = true});
  };
  CHECK(at_hash(right) == "accepted");
  CHECK(at_hash(json_quoted(left_half(HashFunction::sha256, "other"))) == "wrong_hash at_hash");
  CHECK(at_hash("") == "wrong_hash at_hash");
}

TEST_CASE("only a token that was verified as an ID token is compared") {
  CHECK(answer(verified(token(es256())), {}) == "accepted");
  CHECK(answer(verified(token(es256()), es256(), TokenProfile::jwt), {}) == "wrong_type profile");
}

TEST_CASE("the nonce is the one that was sent", "[attack-130]") {
  const auto with = [](const char* json, std::optional<std::string_view> sent) {
    return answer(verified(token(es256()).claim("nonce", json)), {.nonce = sent});
  };
  CHECK(with(R"("n-0S6")", "n-0S6") == "accepted");
  CHECK(with("", std::nullopt) == "accepted");
  CHECK(with("", "n-0S6") == "wrong_nonce nonce");
  CHECK(with(R"("n-0S6")", std::nullopt) == "wrong_nonce nonce");
  CHECK(with(R"("")", std::nullopt) == "wrong_nonce nonce");
  for (const char* json : {R"("")", R"("n-0S")", R"("n-0S61")", R"("N-0S6")", R"("n-0S7")",
                           R"("x-0S6")", R"("n-0S6\u0000")", R"(" n-0S6")"}) {
    CAPTURE(json);
    CHECK(with(json, "n-0S6") == "wrong_nonce nonce");
  }
  for (const char* json : {"1", "null", R"(["n-0S6"])"}) {
    CAPTURE(json);
    CHECK(with(json, "n-0S6") == "invalid_claim nonce");
  }
}

// OpenID Connect Core 1.0, appendices A.3 and A.4, and FAPI 1.0: computed from the published code.
TEST_CASE("the hashes of the specification's examples hold") {
  const auto id_token = verified(token(es256())
                                     .claim("at_hash", json_quoted("77QmUPtjPfzWtF2AnpK9RQ"))
                                     .claim("c_hash", json_quoted("LDktKdoQak3Pk0cnXxCltA")));
  CHECK(answer(id_token, {.access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
                          .code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk",
                          .require_hashes = true}) == "accepted");
}

TEST_CASE("a hash is the left half by the algorithm's function, base64url", "[attack-131]") {
  const std::pair<Algorithm, HashFunction> functions[] = {
      {Algorithm::rs256, HashFunction::sha256},   {Algorithm::ps256, HashFunction::sha256},
      {Algorithm::es256, HashFunction::sha256},   {Algorithm::rs384, HashFunction::sha384},
      {Algorithm::es384, HashFunction::sha384},   {Algorithm::ps512, HashFunction::sha512},
      {Algorithm::es512, HashFunction::sha512},   {Algorithm::eddsa, HashFunction::sha512},
      {Algorithm::ed25519, HashFunction::sha512},
  };
  const IdTokenPolicy expected{.code = kCode, .require_hashes = true};
  for (const auto& [algorithm, right] : functions) {
    CAPTURE(to_string(algorithm));
    for (const HashFunction function : {HashFunction::sha256, HashFunction::sha384,
                                        HashFunction::sha512, HashFunction::shake256}) {
      const auto builder =
          token(key(algorithm)).claim("c_hash", json_quoted(left_half(function, kCode)));
      CHECK((answer(verified(builder, key(algorithm)), expected) == "accepted") ==
            (function == right));
    }
  }
}

TEST_CASE("a hash that is wrong is refused, and one that lacks where it is needed",
          "[attack-131]") {
  const std::string right = left_half(HashFunction::sha256, kCode);
  const auto whole = jwks::crypto::sha256(kCode);
  std::string standard = right;  // base64, not base64url: other characters, and padding
  for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const struct {
    const char* claim;
    IdTokenPolicy given;
  } hashes[] = {{"at_hash", {.access_token = kCode}},
                {"c_hash", {.code = kCode}},
                {"s_hash", {.state = kCode}}};
  for (auto [claim, expected] : hashes) {
    CAPTURE(claim);
    const auto with = [&, name = claim](const std::string& json) {
      return answer(verified(token(es256()).claim(name, json)), expected);
    };
    const std::string wrong = std::string("wrong_hash ") + claim;
    CHECK(with(json_quoted(right)) == "accepted");
    CHECK(with("") == "accepted");
    for (const std::string& value :
         {left_half(HashFunction::sha256, "other"), jwks::base64url::encode(std::span(*whole)),
          standard + "==", right + "A", right.substr(1), std::string{}}) {
      CAPTURE(value);
      CHECK(with(json_quoted(value)) == wrong);
    }
    CHECK(with("1") == std::string("invalid_claim ") + claim);
    CHECK(with("null") == std::string("invalid_claim ") + claim);

    expected.require_hashes = true;
    CHECK(with(json_quoted(right)) == "accepted");
    CHECK(with("") == wrong);
  }
}

TEST_CASE("a hash of what was not given is not looked at") {
  const auto builder = token(es256()).claim("at_hash", "\"x\"").claim("c_hash", "1");
  CHECK(answer(verified(builder), {.state = {}, .require_hashes = true}) == "accepted");
}

TEST_CASE("the hash of EdDSA depends on the curve of the key", "[attack-131]") {
  for (const Algorithm algorithm : {Algorithm::ed25519, Algorithm::ed448}) {
    if (!jwks::is_supported(algorithm)) continue;
    const auto function =
        algorithm == Algorithm::ed448 ? HashFunction::shake256 : HashFunction::sha512;
    for (const std::string_view name : {to_string(algorithm), std::string_view("EdDSA")}) {
      CAPTURE(to_string(algorithm), name);
      const auto builder = token(key(algorithm))
                               .header("alg", json_quoted(name))
                               .claim("c_hash", json_quoted(left_half(function, kCode)));
      const IdTokenPolicy expected{.code = kCode, .require_hashes = true};
      CHECK(answer(verified(builder, key(algorithm)), expected) == "accepted");
    }
  }
}

TEST_CASE("no hash is defined for ML-DSA", "[attack-131]") {
  if (!test::have_ml_dsa()) return;
  const SigningKey& signer = key(Algorithm::ml_dsa_44);
  CHECK(answer(verified(token(signer), signer), {.code = kCode}) == "accepted");
  CHECK(answer(verified(token(signer), signer), {.code = kCode, .require_hashes = true}) ==
        "wrong_hash c_hash");
  for (const HashFunction function : {HashFunction::sha256, HashFunction::shake256}) {
    const auto builder = token(signer).claim("c_hash", json_quoted(left_half(function, kCode)));
    CHECK(answer(verified(builder, signer), {.code = kCode}) == "wrong_hash c_hash");
  }
}

TEST_CASE("max_age limits auth_time, to the second", "[attack-132]") {
  const auto with = [](const std::string& json, seconds max_age, seconds skew = seconds(60)) {
    return answer(verified(token(es256()).claim("auth_time", json)),
                  {.max_age = max_age, .clock_skew = skew});
  };
  CHECK(with("", seconds(600)) == "missing_claim auth_time");
  CHECK(with("1749999340", seconds(600)) == "accepted");  // now − max_age − skew
  CHECK(with("1749999339.999999999", seconds(600)) == "too_old auth_time");
  CHECK(with("1749999339", seconds(600)) == "too_old auth_time");
  CHECK(with("1749999400", seconds(600), seconds(0)) == "accepted");
  CHECK(with("1749999399", seconds(600), seconds(0)) == "too_old auth_time");
  CHECK(with("1749999940", seconds(0)) == "accepted");
  CHECK(with("1749999939", seconds(0)) == "too_old auth_time");
  CHECK(with("1750000060", seconds(600)) == "accepted");
  CHECK(with("1750000061", seconds(600)) == "invalid_claim auth_time");
  for (const char* json : {"\"1749999999\"", "null", "-1", "1e400", "true"}) {
    CAPTURE(json);
    CHECK(with(json, seconds(600)) == "invalid_claim auth_time");
    CHECK(answer(verified(token(es256()).claim("auth_time", json)), {}) == "accepted");
  }
}

TEST_CASE("iat_window limits iat, to the second", "[oidc]") {
  const auto with = [](const std::string& json, seconds window, seconds skew = seconds(60)) {
    return answer(verified(token(es256()).claim("iat", json)),
                  {.iat_window = window, .clock_skew = skew});
  };
  CHECK(with("1749999640", seconds(300)) == "accepted");  // now − iat_window − skew
  CHECK(with("1749999639.999999999", seconds(300)) == "too_old iat");
  CHECK(with("1749999639", seconds(300)) == "too_old iat");
  CHECK(with("1749999700", seconds(300), seconds(0)) == "accepted");
  CHECK(with("1749999699", seconds(300), seconds(0)) == "too_old iat");
  CHECK(with("1749999999", seconds(1), seconds(0)) == "accepted");
  CHECK(with("1750000060", seconds(300)) == "accepted");
  CHECK(with("1750000001", seconds(300), seconds(0)) == "issued_in_future iat");
  CHECK(answer(verified(token(es256()).claim("iat", "1")), {}) == "accepted");
}

TEST_CASE("the time of the comparison counts, not that of the verification", "[oidc]") {
  const auto id_token = verified(token(es256()).claim("iat", "1750000000"));
  const IdTokenPolicy expected{.iat_window = seconds(300)};
  CHECK(answer(id_token, expected, kNow + seconds(360)) == "accepted");
  CHECK(answer(id_token, expected, kNow + seconds(361)) == "too_old iat");
  CHECK(answer(id_token, expected, kNow - seconds(61)) == "issued_in_future iat");
}

TEST_CASE("an ID token without iat is refused before anything else is compared", "[oidc]") {
  jwks::ValidationOptions options = test::options();
  options.profile = TokenProfile::id_token;
  const auto error = test::refusal(token(es256()).claim("iat", "").build().value(),
                                   test::es256_set(), test::policy(options));
  CHECK(error.code() == ErrorCode::missing_claim);
  CHECK(error.subject() == "iat");
}

TEST_CASE("the client is in aud, and is the azp", "[oidc]") {
  // The verifier takes tokens that its own mobile app has got, for "orders-api".
  const auto with = [](const char* aud, const char* azp, std::string_view client) {
    jwks::ValidationOptions options = test::options();
    options.profile = TokenProfile::id_token;
    options.authorized_parties = {"app"};
    const auto builder = token(es256()).claim("aud", aud).claim("azp", azp);
    const auto id_token =
        jwks::verify(builder.build().value(), test::es256_set(), test::policy(options), kNow);
    return answer(id_token.value(),
                  {.client_id = client, .trusted_audiences = {"orders-api", "app", "other"}});
  };
  constexpr const char* kOne = R"("orders-api")";
  constexpr const char* kSeveral = R"(["orders-api","app","other"])";
  CHECK(with(kOne, "", "orders-api") == "accepted");
  CHECK(with(R"(["orders-api"])", "", "orders-api") == "accepted");
  CHECK(with(kOne, R"("orders-api")", "orders-api") == "accepted");
  CHECK(with(kSeveral, R"("orders-api")", "orders-api") == "accepted");
  CHECK(with(kSeveral, R"("app")", "app") == "accepted");

  CHECK(with(kOne, R"("app")", "orders-api") == "wrong_azp azp");
  CHECK(with(kSeveral, R"("app")", "orders-api") == "wrong_azp azp");
  CHECK(with(kOne, R"("app")", "") == "accepted");  // as the verifier has it
  CHECK(with(kOne, "", "app") == "wrong_audience aud");
  CHECK(with(kOne, R"("app")", "app") == "wrong_audience aud");
  CHECK(with(kOne, "", "orders-ap") == "wrong_audience aud");
  CHECK(with(kOne, "", "Orders-api") == "wrong_audience aud");
}

TEST_CASE("an audience beside the client is one that the client trusts", "[oidc]") {
  const auto with = [](const char* aud, const std::vector<std::string_view>& trusted) {
    const auto builder = token(es256()).claim("aud", aud).claim("azp", R"("orders-api")");
    return answer(verified(builder), {.client_id = "orders-api", .trusted_audiences = trusted});
  };
  constexpr const char* kTwo = R"(["orders-api","evil"])";
  constexpr const char* kThree = R"(["billing","orders-api","evil"])";
  CHECK(with(R"("orders-api")", {}) == "accepted");
  CHECK(with(R"(["orders-api","orders-api"])", {}) == "accepted");
  CHECK(with(kTwo, {}) == "wrong_audience aud");
  CHECK(with(kTwo, {"evil"}) == "accepted");
  CHECK(with(kTwo, {"Evil"}) == "wrong_audience aud");
  CHECK(with(kThree, {"billing"}) == "wrong_audience aud");
  CHECK(with(kThree, {"evil"}) == "wrong_audience aud");
  CHECK(with(kThree, {"billing", "evil"}) == "accepted");
  // Trust in an audience does not replace the client.
  CHECK(answer(verified(token(es256())),
               {.client_id = "shop", .trusted_audiences = {"orders-api"}}) == "wrong_audience aud");
  // Without a client the verifier's policy is all there is.
  const auto two = token(es256()).claim("aud", kTwo).claim("azp", R"("orders-api")");
  CHECK(answer(verified(two), {}) == "accepted");
}

TEST_CASE("another party is the azp only where the client says so", "[oidc]") {
  const auto with = [](const char* azp, const std::vector<std::string_view>& parties) {
    jwks::ValidationOptions options = test::options();
    options.profile = TokenProfile::id_token;
    options.authorized_parties = {"app"};
    const auto id_token = jwks::verify(token(es256()).claim("azp", azp).build().value(),
                                       test::es256_set(), test::policy(options), kNow);
    return answer(id_token.value(), {.client_id = "orders-api", .authorized_parties = parties});
  };
  CHECK(with(R"("app")", {}) == "wrong_azp azp");
  CHECK(with(R"("app")", {"other"}) == "wrong_azp azp");
  CHECK(with(R"("app")", {"app"}) == "accepted");
  CHECK(with(R"("orders-api")", {"app"}) == "accepted");
}

TEST_CASE("acr is one of those that were asked for", "[attack-132]") {
  const auto with = [](const char* json) {
    return answer(verified(token(es256()).claim("acr", json)), {.acr_values = {"silver", "gold"}});
  };
  CHECK(with(R"("gold")") == "accepted");
  CHECK(with("") == "missing_claim acr");
  for (const char* json :
       {R"("bronze")", R"("")", R"("silver gold")", R"("GOLD")", "1", R"(["gold"])"}) {
    CAPTURE(json);
    CHECK(with(json) == "invalid_claim acr");
  }
}

TEST_CASE("bad expectations are named") {
  const auto id_token = verified(token(es256()).claim("auth_time", "1750000000"));
  CHECK(answer(id_token, {.nonce = ""}) == "bad_config nonce");
  CHECK(answer(id_token, {.acr_values = {"gold", ""}}) == "bad_config acr_values");
  CHECK(answer(id_token, {.max_age = seconds(-1)}) == "bad_config max_age");
  CHECK(answer(id_token, {.max_age = seconds::max()}) == "bad_config max_age");
  CHECK(answer(id_token, {.max_age = seconds(0)}) == "accepted");
  const auto window = [&](seconds value) { return answer(id_token, {.iat_window = value}); };
  CHECK(window(seconds(0)) == "bad_config iat_window");
  CHECK(window(seconds(-1)) == "bad_config iat_window");
  CHECK(window(seconds(1)) == "accepted");
  CHECK(window(jwks::kMaxTokenAge) == "accepted");
  CHECK(window(jwks::kMaxTokenAge + seconds(1)) == "bad_config iat_window");
  CHECK(window(seconds::max()) == "bad_config iat_window");
  const auto skew = [&](seconds value) { return answer(id_token, {.clock_skew = value}); };
  CHECK(skew(seconds(-1)) == "bad_config clock_skew");
  CHECK(skew(seconds(0)) == "accepted");
  CHECK(skew(seconds(599)) == "accepted");
  CHECK(skew(seconds(600)) == "accepted");
  CHECK(skew(seconds(601)) == "bad_config clock_skew");
}

TEST_CASE("a nonce that was not asked for is accepted where the application says so",
          "[attack-130]") {
  const auto with_nonce = token(es256()).claim("nonce", "\"made-up\"");
  CHECK(answer(verified(with_nonce), {.allow_unsolicited_nonce = true}) == "accepted");
  CHECK(answer(verified(with_nonce), {.nonce = "n-0S6", .allow_unsolicited_nonce = true}) ==
        "wrong_nonce nonce");
  CHECK(answer(verified(token(es256()).claim("nonce", "1")), {.allow_unsolicited_nonce = true}) ==
        "invalid_claim nonce");
}

TEST_CASE("of several faults the client is told first, then the nonce") {
  const auto builder = token(es256()).claim("nonce", "\"x\"").claim("c_hash", "\"x\"");
  CHECK(answer(verified(builder), {.nonce = "n", .code = kCode, .max_age = seconds(1)}) ==
        "wrong_nonce nonce");
  CHECK(answer(verified(builder), {.client_id = "x", .nonce = "n", .code = kCode}) ==
        "wrong_audience aud");
}
