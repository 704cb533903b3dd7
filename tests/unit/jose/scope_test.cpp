// Scopes of a token: which are granted, and what is not taken for a grant (RFC 6749 §3.3).

#include <string>

#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using test::es256;
using test::es256_set;
using test::kNow;
using test::token;

namespace {

/// The answer to a token with these claims, where "read" and "write" are wanted: both, or one.
std::string answer(bool all, const char* scope, const char* scp = "") {
  jwks::ValidationOptions options = test::options();
  (all ? options.required_scopes : options.any_scope) = {"read", "write"};
  const auto text = token(es256()).claim("scope", scope).claim("scp", scp).build().value();
  const auto result = jwks::verify(text, es256_set(), test::policy(options), kNow);
  return result ? "accepted" : std::string(to_string(result.error().code()));
}

}  // namespace

TEST_CASE("a scope is granted by its whole name, in a text or a list", "[claim-78]") {
  jwks::ValidationOptions options = test::options();
  options.required_scopes = {"a"};
  const auto with = [&](const char* claim, const char* json) {
    const auto text = token(es256()).claim(claim, json).build().value();
    const auto result = jwks::verify(text, es256_set(), test::policy(options), kNow);
    return result ? "accepted" : std::string(to_string(result.error().code()));
  };
  CHECK(with("scope", R"("a b")") == "accepted");
  CHECK(with("scope", R"("b a")") == "accepted");
  CHECK(with("scp", R"(["a","b"])") == "accepted");
  CHECK(with("scp", R"("b a")") == "accepted");
  for (const char* claim : {"scope", "scp"}) {
    CHECK(with(claim, R"("ab")") == "insufficient_scope");
    CHECK(with(claim, R"("ba b")") == "insufficient_scope");
  }
  CHECK(with("scp", R"(["ab"])") == "insufficient_scope");
  CHECK(with("scp", R"(["ab","ba"])") == "insufficient_scope");
}

TEST_CASE("all required scopes must be granted", "[attack-133]") {
  CHECK(answer(true, R"("read write")") == "accepted");
  CHECK(answer(true, R"("x write y read z")") == "accepted");
  CHECK(answer(true, "", R"(["write","read"])") == "accepted");
  CHECK(answer(true, "", R"("read write")") == "accepted");
  for (const char* scope :
       {"", R"("")", R"(" ")", R"("read")", R"("write")", R"("readwrite")", R"("reading write")",
        R"("read,write")", R"("read\twrite")", R"("read\nwrite")", R"("read\u0000 write")",
        R"("READ WRITE")", R"("read\u00a0write")", R"("read* write*")"}) {
    CAPTURE(scope);
    CHECK(answer(true, scope) == "insufficient_scope");
  }
  for (const char* scp : {"[]", R"(["read"])", R"(["read write"])", R"([["read","write"]])"}) {
    CAPTURE(scp);
    CHECK(answer(true, "", scp) != "accepted");
  }
}

TEST_CASE("a scope is no prefix and no part of another", "[attack-133]") {
  jwks::ValidationOptions options = test::options();
  options.required_scopes = {"readwrite"};
  const auto with = [&](const char* scope) {
    const auto text = token(es256()).claim("scope", scope).build().value();
    const auto result = jwks::verify(text, es256_set(), test::policy(options), kNow);
    return result ? "accepted" : std::string(to_string(result.error().code()));
  };
  CHECK(with(R"("readwrite")") == "accepted");
  CHECK(with(R"("x readwrite")") == "accepted");
  for (const char* scope : {R"("read")", R"("write")", R"("read write")", R"("readwrites")",
                            R"("areadwrite")", R"("Readwrite")"}) {
    CAPTURE(scope);
    CHECK(with(scope) == "insufficient_scope");
  }
}

TEST_CASE("one of several scopes is enough where that is asked for") {
  CHECK(answer(false, R"("read")") == "accepted");
  CHECK(answer(false, R"("x write")") == "accepted");
  CHECK(answer(false, "", R"(["write"])") == "accepted");
  CHECK(answer(false, R"("x y")") == "insufficient_scope");
  CHECK(answer(false, "") == "insufficient_scope");
}

TEST_CASE("scope goes before scp") {
  CHECK(answer(true, R"("x")", R"(["read","write"])") == "insufficient_scope");
  CHECK(answer(true, R"("read write")", R"(["x"])") == "accepted");
  CHECK(answer(true, R"("read write")", "1") == "accepted");
}

TEST_CASE("scopes of a wrong type grant nothing", "[attack-133]") {
  for (const char* scope : {"1", "null", "true", "{}", R"(["read","write"])"}) {
    CAPTURE(scope);
    CHECK(answer(true, scope) == "insufficient_scope");
    CHECK(answer(false, scope) == "insufficient_scope");
    const auto text = token(es256()).claim("scope", scope).build().value();
    CHECK(jwks::verify(text, es256_set(), test::policy(), kNow).has_value());
  }
  for (const char* scp : {"1", "null", "{}", R"(["read","write",1])", R"([null])"}) {
    CAPTURE(scp);
    CHECK(answer(true, "", scp) == "insufficient_scope");
  }
}

TEST_CASE("a lacking scope is told last, and by name") {
  jwks::ValidationOptions options = test::options();
  options.required_scopes = {"read", "admin:all"};
  const auto granted = token(es256()).claim("scope", R"("read")");
  const auto lacking = test::refusal(granted.build().value(), es256_set(), test::policy(options));
  CHECK(lacking.code() == jwks::ErrorCode::insufficient_scope);
  CHECK(lacking.subject() == "scope");
  CHECK(lacking.detail() == "admin:all");

  auto expired = granted;
  expired.claim("exp", kNow - std::chrono::hours(1)).claim("iat", "");
  CHECK(test::refusal(expired.build().value(), es256_set(), test::policy(options)).code() ==
        jwks::ErrorCode::expired);
}
