// A token that was verified before, held to everything but its signature once more: the answer is
// always the one that `verify` gives.

#include "jose/recheck.hpp"

#include <functional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/dpop.hpp"

namespace {

using jwks::ErrorCode;
using jwks::Presentation;
using jwks::Result;
using jwks::ValidationOptions;
using jwks::VerifiedToken;
using jwks::jose::recheck;
using std::chrono::seconds;
using test::es256;
using test::es256_set;
using test::json_quoted;
using test::kNow;

using Time = std::chrono::system_clock::time_point;

/// A token that one policy accepts, for another policy to look at: that stands for what may change
/// between two uses of the same token (time, scopes of a validator, what a cache remembers).
VerifiedToken accepted(const std::string& text, const ValidationOptions& options = test::options(),
                       const Presentation& presentation = {}) {
  return jwks::verify(text, es256_set(), test::policy(options), kNow, presentation).value();
}

/// Everything of an error that a caller can see.
void check_same(const jwks::Error& a, const jwks::Error& b) {
  CHECK(a.message() == b.message());
  CHECK(a.code() == b.code());
  CHECK(a.reason() == b.reason());
  CHECK(a.key_id() == b.key_id());
  CHECK(a.algorithm() == b.algorithm());
}

/// Both must refuse, and alike.
ErrorCode both_refuse(const VerifiedToken& token, const std::string& text,
                      const ValidationOptions& options, Time now = kNow,
                      const Presentation& presentation = {}) {
  const auto policy = test::policy(options);
  const auto fresh = jwks::verify(text, es256_set(), policy, now, presentation);
  const auto again = recheck(token, text, policy, now, presentation);
  REQUIRE_FALSE(fresh);
  REQUIRE_FALSE(again);
  check_same(again.error(), fresh.error());
  return again.error().code();
}

}  // namespace

TEST_CASE("a verified token passes again while nothing has changed") {
  const std::string text = test::token(es256()).build().value();
  const auto token = accepted(text);
  CHECK(recheck(token, text, test::policy(), kNow, {}));
  CHECK(recheck(token, text, test::policy(), kNow + seconds(359), {}));
}

TEST_CASE("a verified token is refused again for its times with the code of verify",
          "[attack-211]") {
  const auto text = [](std::string_view claim, seconds from_now) {
    return test::token(es256()).claim(claim, kNow + from_now).build().value();
  };
  const std::string expiring = text("exp", seconds(300));
  CHECK(both_refuse(accepted(expiring), expiring, test::options(), kNow + seconds(360)) ==
        ErrorCode::expired);
  // The wall clock was set back.
  const std::string future = text("nbf", seconds(0));
  CHECK(both_refuse(accepted(future), future, test::options(), kNow - seconds(61)) ==
        ErrorCode::not_yet_valid);
  const std::string issued = text("iat", seconds(0));
  CHECK(both_refuse(accepted(issued), issued, test::options(), kNow - seconds(61)) ==
        ErrorCode::issued_in_future);
  ValidationOptions young = test::options();
  young.max_token_age = seconds(100);
  CHECK(both_refuse(accepted(issued, young), issued, young, kNow + seconds(161)) ==
        ErrorCode::too_old);
}

TEST_CASE("every step that can end in another way is taken again, in the order of verify",
          "[attack-211]") {
  const auto cnf = [](std::string_view thumbprint) {
    return "{\"x5t#S256\":" + json_quoted(thumbprint) + "}";
  };
  const std::string certificate = "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2";
  const std::string text =
      test::token(es256()).claim("cnf", cnf(certificate)).claim("jti", "\"1\"").build().value();
  const Presentation holder{.certificate_thumbprint = certificate};
  const auto token = accepted(text, test::options(), holder);

  // All faults at once, then one less: the first that is left is told.
  ValidationOptions options = test::options();
  options.required_scopes = {"admin"};
  options.validators = {
      {"mine", [](const jwks::Claims&) { return Result<void>(jwks::Error(ErrorCode::custom)); }}};
  options.replay_cache = test::replay_cache();
  CHECK(both_refuse(token, text, options) == ErrorCode::binding_failed);
  CHECK(both_refuse(token, text, options, kNow, holder) == ErrorCode::insufficient_scope);
  options.required_scopes = {};
  CHECK(both_refuse(token, text, options, kNow, holder) == ErrorCode::custom);
  options.validators = {};
  // Nothing that was refused was remembered.
  CHECK(recheck(token, text, test::policy(options), kNow, holder));
  CHECK(both_refuse(token, text, options, kNow, holder) == ErrorCode::replayed);
}

TEST_CASE("a token that may be used once is replayed, whichever way it comes again") {
  ValidationOptions options = test::options();
  options.replay_cache = test::replay_cache();
  const std::string text = test::token(es256()).claim("jti", "\"7\"").build().value();
  const auto token = accepted(text, options);  // remembers it
  CHECK(both_refuse(token, text, options) == ErrorCode::replayed);
}

TEST_CASE("a proof is checked and used up at every use of its token") {
  const auto options = test::options_with_dpop();
  const std::string text = test::bound_token().build().value();
  const std::string first = test::proof_for(text).build().value();
  const auto token = accepted(text, options, test::presentation(first));
  CHECK(both_refuse(token, text, options, kNow, test::presentation(first)) == ErrorCode::replayed);
  CHECK(both_refuse(token, text, options) == ErrorCode::binding_failed);
  const std::string strange = test::proof_for(text, test::stranger_key()).build().value();
  CHECK(both_refuse(token, text, options, kNow, test::presentation(strange)) ==
        ErrorCode::binding_failed);
  const std::string second = test::proof_for(text).build().value();
  CHECK(recheck(token, text, test::policy(options), kNow, test::presentation(second)));
}

TEST_CASE("an exception of a validator is an error of the recheck as well") {
  ValidationOptions options = test::options();
  options.validators = {{"mine", [](const jwks::Claims&) -> Result<void> { throw 1; }}};
  const std::string text = test::token(es256()).build().value();
  CHECK(both_refuse(accepted(text), text, options) == ErrorCode::custom);
}
