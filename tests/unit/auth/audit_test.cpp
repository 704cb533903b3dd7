// Categories for an audit log: every outcome has one, and records are one line of ASCII.

#include "jwks/audit.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "jose/token_state.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

namespace {

using jwks::audit_category;
using jwks::audit_severity;
using jwks::AuditCategory;
using jwks::AuditRecord;
using jwks::AuditSeverity;
using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::Principal;
using jwks::Result;
using jwks::VerifiedToken;

constexpr int kCategories = static_cast<int>(AuditCategory::misconfigured) + 1;

const std::map<ErrorCode, AuditCategory>& expected_categories() {
  static const std::map<ErrorCode, AuditCategory> all{
      {ErrorCode::too_large, AuditCategory::malformed},
      {ErrorCode::not_three_segments, AuditCategory::malformed},
      {ErrorCode::bad_base64url, AuditCategory::malformed},
      {ErrorCode::bad_json, AuditCategory::malformed},
      {ErrorCode::duplicate_member, AuditCategory::malformed},
      {ErrorCode::invalid_header, AuditCategory::malformed},
      {ErrorCode::crit_unsupported, AuditCategory::malformed},
      {ErrorCode::alg_not_allowed, AuditCategory::algorithm_downgrade},
      {ErrorCode::alg_mismatch, AuditCategory::algorithm_downgrade},
      {ErrorCode::unknown_key, AuditCategory::unknown_key},
      {ErrorCode::key_ambiguous, AuditCategory::refused_key},
      {ErrorCode::key_rejected, AuditCategory::refused_key},
      {ErrorCode::bad_signature, AuditCategory::bad_signature},
      {ErrorCode::expired, AuditCategory::outside_lifetime},
      {ErrorCode::not_yet_valid, AuditCategory::outside_lifetime},
      {ErrorCode::issued_in_future, AuditCategory::outside_lifetime},
      {ErrorCode::too_old, AuditCategory::outside_lifetime},
      {ErrorCode::wrong_issuer, AuditCategory::misdirected},
      {ErrorCode::wrong_audience, AuditCategory::misdirected},
      {ErrorCode::wrong_type, AuditCategory::misdirected},
      {ErrorCode::wrong_azp, AuditCategory::misdirected},
      {ErrorCode::missing_claim, AuditCategory::bad_claims},
      {ErrorCode::invalid_claim, AuditCategory::bad_claims},
      {ErrorCode::custom, AuditCategory::bad_claims},
      {ErrorCode::wrong_nonce, AuditCategory::sign_in_mismatch},
      {ErrorCode::wrong_hash, AuditCategory::sign_in_mismatch},
      {ErrorCode::insufficient_scope, AuditCategory::insufficient_scope},
      {ErrorCode::binding_failed, AuditCategory::binding_failed},
      {ErrorCode::replayed, AuditCategory::replayed},
      {ErrorCode::keys_unavailable, AuditCategory::unavailable},
      {ErrorCode::out_of_memory, AuditCategory::unavailable},
      {ErrorCode::bad_config, AuditCategory::misconfigured},
  };
  return all;
}

VerifiedToken verified() {
  return jwks::verify(test::token(test::es256()).build().value(), test::es256_set(), test::policy(),
                      test::kNow)
      .value();
}

bool is_line_of_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

TEST_CASE("every error code has its audit category") {
  for (int number = 0; number < 1000; ++number) {
    const auto code = static_cast<ErrorCode>(number);
    const auto expected = expected_categories().find(code);
    CAPTURE(number, to_string(code));
    CHECK((to_string(code) != "unknown") == (expected != expected_categories().end()));
    if (expected != expected_categories().end())
      CHECK(audit_category(Error(code)) == expected->second);
  }
}

TEST_CASE("a number of the application's own counts as a bad claim") {
  CHECK(audit_category(Error(static_cast<ErrorCode>(499))) == AuditCategory::bad_claims);
}

TEST_CASE("a DPoP client that is asked for a nonce is no thief") {
  const auto category = [](ErrorReason reason) {
    return audit_category(Error(ErrorCode::binding_failed, reason));
  };
  CHECK(category(ErrorReason::use_dpop_nonce) == AuditCategory::nonce_requested);
  CHECK(category(ErrorReason::invalid_dpop_proof) == AuditCategory::binding_failed);
  CHECK(category(ErrorReason::dpop_binding) == AuditCategory::binding_failed);
}

TEST_CASE("a key that the issuer was not asked about is not said to be unknown to it") {
  const auto category = [](ErrorCode code, ErrorReason reason) {
    return audit_category(Error(code, reason));
  };
  CHECK(category(ErrorCode::unknown_key, ErrorReason::rate_limited) ==
        AuditCategory::unconfirmed_key);
  CHECK(category(ErrorCode::unknown_key, ErrorReason::negative) == AuditCategory::unknown_key);
  CHECK(category(ErrorCode::keys_unavailable, ErrorReason::rate_limited) ==
        AuditCategory::unavailable);
  CHECK(to_string(AuditCategory::unconfirmed_key) == "unconfirmed_key");
}

TEST_CASE("every audit category has a name of its own and a severity") {
  std::set<std::string_view> names;
  std::map<AuditSeverity, int> severities;
  for (int i = 0; i < kCategories; ++i) {
    const auto category = static_cast<AuditCategory>(i);
    CHECK(to_string(category) != "unknown");
    names.insert(to_string(category));
    ++severities[audit_severity(category)];
  }
  CHECK(names.size() == kCategories);
  CHECK(to_string(static_cast<AuditCategory>(kCategories)) == "unknown");
  CHECK(severities.size() == 4);
  for (const auto& [severity, count] : severities) CHECK(to_string(severity) != "unknown");
}

TEST_CASE("a forgery is more severe than a rotation, and an outage is the service's own") {
  CHECK(audit_severity(AuditCategory::accepted_after_rotation) == AuditSeverity::routine);
  CHECK(audit_severity(AuditCategory::outside_lifetime) == AuditSeverity::routine);
  CHECK(audit_severity(AuditCategory::unknown_key) == AuditSeverity::notable);
  CHECK(audit_severity(AuditCategory::unconfirmed_key) == AuditSeverity::notable);
  CHECK(audit_severity(AuditCategory::accepted_unverified) == AuditSeverity::notable);
  for (const auto category :
       {AuditCategory::bad_signature, AuditCategory::algorithm_downgrade, AuditCategory::replayed,
        AuditCategory::sign_in_mismatch, AuditCategory::binding_failed})
    CHECK(audit_severity(category) == AuditSeverity::suspicious);
  CHECK(audit_severity(AuditCategory::unavailable) == AuditSeverity::failure);
  CHECK(audit_severity(AuditCategory::misconfigured) == AuditSeverity::failure);
}

TEST_CASE("an accepted token tells a rotation and stale keys from every day") {
  VerifiedToken token = verified();
  CHECK(audit_category(token) == AuditCategory::accepted);
  jwks::detail::TokenAccess::mark_key_refreshed(token);
  CHECK(audit_category(token) == AuditCategory::accepted_after_rotation);
  CHECK(audit_category(Result<VerifiedToken>(token)) == AuditCategory::accepted_after_rotation);
  jwks::detail::TokenAccess::set_key_age(token, std::chrono::seconds(900), true);
  CHECK(audit_category(token) == AuditCategory::accepted_stale_keys);
  CHECK(audit_category(Result<VerifiedToken>(Error(ErrorCode::expired))) ==
        AuditCategory::outside_lifetime);
}

TEST_CASE("a principal's category says how it was established") {
  Principal principal;
  CHECK(audit_category(principal) == AuditCategory::accepted_unverified);
  principal.evidence.verified = true;
  CHECK(audit_category(principal) == AuditCategory::accepted);
  principal.evidence.key_refreshed = true;
  CHECK(audit_category(principal) == AuditCategory::accepted_after_rotation);
  principal.evidence.stale_keys = true;
  CHECK(audit_category(Result<Principal>(principal)) == AuditCategory::accepted_stale_keys);
  principal.evidence.verified = false;
  CHECK(audit_category(principal) == AuditCategory::accepted_unverified);
  CHECK(audit_category(Result<Principal>(Error(ErrorCode::replayed))) == AuditCategory::replayed);
}

TEST_CASE("the record of an accepted token is one line of JSON") {
  const AuditRecord record{.category = AuditCategory::accepted_after_rotation,
                           .mode = "jwks",
                           .user_id = "alice",
                           .org_id = "org_1",
                           .issuer = "https://issuer.example",
                           .client_id = "shop",
                           .token_id = "t-1",
                           .key_id = "key-b",
                           .algorithm = jwks::Algorithm::es256};
  CHECK(to_json(record) ==
        R"({"category":"accepted_after_rotation","severity":"routine","mode":"jwks",)"
        R"("user_id":"alice","org_id":"org_1","issuer":"https://issuer.example",)"
        R"("client_id":"shop","token_id":"t-1","key_id":"key-b","algorithm":"ES256"})");
}

TEST_CASE("the record of a refused token says why, and leaves out what is not known") {
  Error error(ErrorCode::unknown_key, ErrorReason::negative);
  error.about("kid").because("asked a moment ago");
  const AuditRecord record{
      .category = audit_category(error), .mode = "jwks", .key_id = "nobody", .error = error};
  CHECK(to_json(record) == R"({"category":"unknown_key","severity":"notable","mode":"jwks",)"
                           R"("key_id":"nobody","error":"unknown_key","reason":"negative",)"
                           R"("subject":"kid","detail":"asked a moment ago"})");
}

TEST_CASE("a record is ASCII on one line, whatever it holds") {
  const AuditRecord record{.user_id = "a\"b\\c",
                           .org_id = "line\nbreak\x7F",
                           .issuer = "j\xC3\xBCrgen",
                           .token_id = std::string(10'000, 'x')};
  const std::string line = to_json(record);
  CHECK(is_line_of_ascii(line));
  CHECK(line.size() < 600);
  CHECK(line.find(R"("user_id":"a\"b\\c")") != std::string::npos);
  CHECK(line.find(R"("org_id":"line\\x0abreak\\x7f")") != std::string::npos);
  CHECK(line.find(R"("issuer":"j\\xc3\\xbcrgen")") != std::string::npos);
  CHECK(line.find(R"(xxx..."})") != std::string::npos);
}

TEST_CASE("what a record escaped is not escaped again") {
  const AuditRecord record{.user_id = R"(j\xc3\xbcrgen)"};
  CHECK(to_json(record) == R"({"category":"accepted","severity":"routine",)"
                           R"("user_id":"j\\xc3\\xbcrgen"})");
}
