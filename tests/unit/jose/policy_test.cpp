// Options that can't become a policy, and which of them is to blame.

#include "jwks/policy.hpp"

#include <string>

#include "support/catch.hpp"

using jwks::Algorithm;
using jwks::Claims;
using jwks::Result;
using jwks::TokenProfile;
using jwks::ValidationOptions;
using jwks::ValidationPolicy;
using std::chrono::seconds;

namespace {

std::string refused(const ValidationOptions& options) {
  const auto policy = ValidationPolicy::create(options);
  if (policy) return "accepted";
  CHECK(policy.error().code() == jwks::ErrorCode::bad_config);
  CHECK_FALSE(policy.error().detail().empty());
  return std::string(policy.error().subject());
}

ValidationOptions good() { return {.issuer = "https://a", .audiences = {"b"}}; }

/// The option that is blamed after `change` went over good ones.
template <class Change>
std::string blamed(Change change) {
  ValidationOptions options = good();
  change(options);
  return refused(options);
}

class NoReplayCache final : public jwks::ReplayCache {
 public:
  Result<bool> insert(std::string_view, Time, Time) override { return true; }
};

Result<void> nothing(const Claims&) { return {}; }

constexpr TokenProfile kProfiles[] = {TokenProfile::access_token, TokenProfile::id_token,
                                      TokenProfile::logout_token};

}  // namespace

TEST_CASE("a policy needs an issuer, an audience and an algorithm", "[attack-019][attack-124]") {
  CHECK(refused(good()) == "accepted");
  CHECK(refused({}) == "issuer");
  CHECK(blamed([](auto& o) { o.issuer.clear(); }) == "issuer");
  CHECK(blamed([](auto& o) { o.audiences.clear(); }) == "audiences");
  CHECK(blamed([](auto& o) { o.audiences = {"b", ""}; }) == "audiences");
  CHECK(blamed([](auto& o) { o.algorithms = {}; }) == "algorithms");
  CHECK(refused({.allow_any_issuer = true, .allow_any_audience = true}) == "accepted");
}

TEST_CASE("opting out and naming what is expected contradict each other") {
  CHECK(blamed([](auto& o) { o.allow_any_issuer = true; }) == "issuer");
  CHECK(blamed([](auto& o) { o.allow_any_audience = true; }) == "audiences");
}

TEST_CASE("algorithms of secrets and of public keys don't mix", "[attack-020]") {
  CHECK(blamed([](auto& o) { o.algorithms.insert(Algorithm::hs256); }) == "algorithms");
  CHECK(blamed([](auto& o) { o.algorithms = {Algorithm::es256k, Algorithm::hs512}; }) ==
        "algorithms");
  CHECK(blamed([](auto& o) { o.algorithms = jwks::kSymmetricAlgorithms; }) == "accepted");
  CHECK(blamed([](auto& o) { o.algorithms = {Algorithm::es256k}; }) == "accepted");
}

TEST_CASE("a policy of algorithms that OpenSSL lacks accepts nothing") {
  using jwks::is_supported;
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ed448, Algorithm::ml_dsa_44,
                                    Algorithm::ml_dsa_65, Algorithm::ml_dsa_87}) {
    CAPTURE(to_string(algorithm));
    CHECK(blamed([&](auto& o) { o.algorithms = {algorithm}; }) ==
          (is_supported(algorithm) ? "accepted" : "algorithms"));
    CHECK(blamed([&](auto& o) { o.algorithms = {algorithm, Algorithm::rs256}; }) == "accepted");
  }
}

TEST_CASE("the token type is a media subtype of a JWT without a profile") {
  const auto type = [](const std::string& name) {
    return blamed([&](auto& o) { o.token_type = name; });
  };
  for (const char* name : {"secevent+jwt", "JWT", "vnd.example.v2+jwt", "a"}) {
    CAPTURE(name);
    CHECK(type(name) == "accepted");
  }
  CHECK(type(std::string(127, 'a')) == "accepted");
  CHECK(type(std::string(128, 'a')) == "token_type");
  for (const char* name : {"application/secevent+jwt", "at+jwt;x=1", "at jwt", " at+jwt", "+jwt",
                           "\"jwt\"", "j\xc3\xb6t", "jwt\n", "/"}) {
    CAPTURE(name);
    CHECK(type(name) == "token_type");
  }
  for (const TokenProfile profile : kProfiles) {
    CHECK(blamed([&](auto& o) {
            o.profile = profile;
            o.token_type = "secevent+jwt";
          }) == "token_type");
  }
}

TEST_CASE("tokens of a sign-in have one audience, the client") {
  for (const TokenProfile profile : {TokenProfile::id_token, TokenProfile::logout_token}) {
    const auto with = [profile](std::vector<std::string> audiences) {
      return blamed([&](auto& o) {
        o.profile = profile;
        o.allow_any_audience = audiences.empty();
        o.audiences = std::move(audiences);
      });
    };
    CHECK(with({"client"}) == "accepted");
    CHECK(with({"client", "other"}) == "audiences");
    CHECK(with({}) == "audiences");
  }
}

TEST_CASE("exp can't be optional where something needs it") {
  const auto optional = [](auto change) {
    return blamed([&](ValidationOptions& o) {
      o.require_expiration = false;
      change(o);
    });
  };
  CHECK(optional([](auto&) {}) == "accepted");
  for (const TokenProfile profile : kProfiles) {
    CHECK(optional([&](auto& o) { o.profile = profile; }) == "require_expiration");
  }
  CHECK(optional([](auto& o) { o.max_lifetime = seconds(60); }) == "require_expiration");
  CHECK(optional([](auto& o) { o.replay_cache = std::make_shared<NoReplayCache>(); }) ==
        "require_expiration");
  CHECK(optional([](auto& o) { o.required_claims = {"exp"}; }) == "require_expiration");
}

TEST_CASE("required claims have names, at most 256, that the profile allows") {
  CHECK(blamed([](auto& o) { o.required_claims = {"sub", ""}; }) == "required_claims");
  const auto names = [](std::size_t count) {
    return blamed([&](auto& o) {
      for (std::size_t i = 0; i < count; ++i) o.required_claims.push_back(std::to_string(i));
    });
  };
  CHECK(names(255) == "accepted");
  CHECK(names(256) == "accepted");
  CHECK(names(257) == "required_claims");
  const auto with = [](TokenProfile profile, const char* name) {
    return blamed([&](auto& o) {
      o.profile = profile;
      o.required_claims = {name};
    });
  };
  CHECK(with(TokenProfile::id_token, "nonce") == "accepted");
  CHECK(with(TokenProfile::id_token, "events") == "required_claims");
  CHECK(with(TokenProfile::logout_token, "events") == "accepted");
  CHECK(with(TokenProfile::logout_token, "nonce") == "required_claims");
}

TEST_CASE("the expected subject may not be longer than its profile allows") {
  const auto subject = [](TokenProfile profile, std::size_t bytes) {
    return blamed([&](auto& o) {
      o.profile = profile;
      o.subject = std::string(bytes, 's');
    });
  };
  CHECK(subject(TokenProfile::jwt, 1000) == "accepted");
  for (const TokenProfile profile : kProfiles) {
    CHECK(subject(profile, 254) == "accepted");
    CHECK(subject(profile, 255) == "accepted");
    CHECK(subject(profile, 256) == "subject");
  }
}

TEST_CASE("scopes are of the characters that scopes have") {
  for (const char* scope : {"read", "orders:read", "https://a.example/x.y", "!", "~", "#[]"}) {
    CAPTURE(scope);
    CHECK(blamed([&](auto& o) { o.required_scopes = {"x", scope}; }) == "accepted");
    CHECK(blamed([&](auto& o) { o.any_scope = {scope}; }) == "accepted");
  }
  for (const char* scope : {"", "a b", " ", "a\"b", "a\\b", "a\tb", "\x7f", "\x1f", "\xc3\xa9"}) {
    CAPTURE(scope);
    CHECK(blamed([&](auto& o) { o.required_scopes = {"x", scope}; }) == "required_scopes");
    CHECK(blamed([&](auto& o) { o.any_scope = {"x", scope}; }) == "any_scope");
  }
}

TEST_CASE("validators have a function and a name of their own") {
  CHECK(blamed([](auto& o) { o.validators = {{"a", nothing}, {"b", nothing}}; }) == "accepted");
  CHECK(blamed([](auto& o) { o.validators = {{"a", nothing}, {"a", nothing}}; }) == "validators");
  CHECK(blamed([](auto& o) { o.validators = {{"", nothing}}; }) == "validators");
  CHECK(blamed([](auto& o) { o.validators = {{"a", nullptr}}; }) == "validators");
}

TEST_CASE("durations of a policy are bounded", "[attack-115]") {
  const auto skew = [](seconds value) {
    return blamed([value](auto& o) { o.clock_skew = value; });
  };
  CHECK(skew(seconds(-1)) == "clock_skew");
  CHECK(skew(seconds(0)) == "accepted");
  CHECK(skew(seconds(1)) == "accepted");
  CHECK(skew(seconds(599)) == "accepted");
  CHECK(skew(seconds(600)) == "accepted");
  CHECK(skew(seconds(601)) == "clock_skew");
  CHECK(skew(std::chrono::hours(1)) == "clock_skew");
  CHECK(skew(seconds::max()) == "clock_skew");
  CHECK(skew(seconds::min()) == "clock_skew");

  const seconds century = std::chrono::hours(24 * 365 * 100);
  const std::pair<seconds, bool> ages[] = {{seconds::min(), false}, {seconds(-1), false},
                                           {seconds(0), false},     {seconds(1), true},
                                           {seconds(2), true},      {century - seconds(1), true},
                                           {century, true},         {century + seconds(1), false},
                                           {seconds::max(), false}};
  for (const auto& [age, is_good] : ages) {
    CAPTURE(age.count());
    CHECK(blamed([&](auto& o) { o.max_token_age = age; }) ==
          (is_good ? "accepted" : "max_token_age"));
    CHECK(blamed([&](auto& o) { o.max_lifetime = age; }) ==
          (is_good ? "accepted" : "max_lifetime"));
  }
}

TEST_CASE("DPoP is for access tokens") {
  const auto with = [](TokenProfile profile) {
    return blamed([profile](auto& o) {
      o.profile = profile;
      o.dpop = jwks::DpopOptions{.replay_cache = std::make_shared<NoReplayCache>()};
    });
  };
  CHECK(with(TokenProfile::jwt) == "accepted");
  CHECK(with(TokenProfile::access_token) == "accepted");
  CHECK(with(TokenProfile::id_token) == "dpop");
  CHECK(with(TokenProfile::logout_token) == "dpop");
}
