// One record for each authentication, whatever becomes of it.

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "jwks/authenticator.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"
#include "unit/auth/authenticators.hpp"

namespace {

using jwks::AuditCategory;
using jwks::AuditRecord;
using jwks::AuthenticatorPtr;
using jwks::ErrorCode;
using jwks::make_audited_authenticator;
using jwks::PrincipalMapper;
using std::chrono::seconds;
using test::answer_of;
using test::fault_of;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::lasting_token;
using test::Mailbox;
using test::token_of;

/// Remembers every record, and throws each time if it is told to.
class RecordingAuditor final : public jwks::Auditor {
 public:
  explicit RecordingAuditor(bool throws = false) : throws_(throws) {}
  void on_authentication(const AuditRecord& record) override {
    const std::lock_guard lock(mutex_);
    records_.push_back(record);
    if (throws_) throw std::runtime_error("of no concern");
  }
  [[nodiscard]] std::vector<AuditRecord> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }

 private:
  const bool throws_;
  mutable std::mutex mutex_;
  std::vector<AuditRecord> records_;
};

struct Setup {
  bool auditor_throws = false;
  bool issuer_is_silent = false;  ///< until its gate is opened
  PrincipalMapper mapper{};
};

struct Audited {
  explicit Audited(Setup setup = {})
      : auditor(std::make_shared<RecordingAuditor>(setup.auditor_throws)) {
    if (setup.issuer_is_silent) issuer.fetcher->close_gate();
    auto inner = jwks::make_jwks_authenticator(issuer.options({.background_refresh = false}),
                                               std::move(setup.mapper));
    auth = make_audited_authenticator(std::move(inner).value(), auditor).value();
  }

  /// The record of this one token; fails if there is not exactly one.
  [[nodiscard]] AuditRecord record_of(std::string_view token) const {
    const auto before = auditor->records().size();
    (void)auth->authenticate(token);
    REQUIRE(auditor->records().size() == before + 1);
    return auditor->records().back();
  }

  Issuer issuer;
  std::shared_ptr<RecordingAuditor> auditor;
  AuthenticatorPtr auth;
};

}  // namespace

TEST_CASE("an accepted token is recorded with its caller and its key") {
  const Audited audited;
  const AuditRecord record = audited.record_of(lasting_token(key_a())
                                                   .claim("org", R"("acme")")
                                                   .claim("client_id", R"("shop")")
                                                   .claim("jti", R"("t-1")")
                                                   .build()
                                                   .value());
  CHECK(record.category == AuditCategory::accepted);
  CHECK(record.mode == "jwks");
  CHECK(record.user_id == "alice");
  CHECK(record.org_id == "acme");
  CHECK(record.issuer == test::kIssuer);
  CHECK(record.client_id == "shop");
  CHECK(record.token_id == "t-1");
  CHECK(record.key_id == "key-a");
  CHECK(record.algorithm == jwks::Algorithm::es256);
  CHECK_FALSE(record.error);
}

TEST_CASE("texts of an accepted token are recorded escaped and cut at 200 bytes") {
  const Audited audited;
  const std::string text = R"("\u00c4\\)" + std::string(300, 'x') + "\"";
  const std::string shown = R"(\xc3\x84\x5c)" + std::string(185, 'x') + "...";
  const AuditRecord record = audited.record_of(lasting_token(key_a())
                                                   .claim("sub", text)
                                                   .claim("org", text)
                                                   .claim("client_id", text)
                                                   .claim("jti", text)
                                                   .build()
                                                   .value());
  REQUIRE(shown.size() == 200);
  for (const auto* field : {&record.user_id, &record.org_id, &record.client_id, &record.token_id})
    CHECK(*field == shown);
}

TEST_CASE("a refused token is recorded with its error, and not with what it claims to be") {
  const Audited audited;
  const AuditRecord record = audited.record_of(lasting_token(key_a())
                                                   .claim("org", R"("acme")")
                                                   .claim("jti", R"("t-1")")
                                                   .signature(std::string(64, 'x'))
                                                   .build()
                                                   .value());
  CHECK(record.category == AuditCategory::bad_signature);
  CHECK(record.mode == "jwks");
  CHECK(record.key_id == "key-a");
  CHECK(record.algorithm == jwks::Algorithm::es256);
  REQUIRE(record.error);
  CHECK(record.error->code() == ErrorCode::bad_signature);
  for (const auto* field :
       {&record.user_id, &record.org_id, &record.issuer, &record.client_id, &record.token_id})
    CHECK(field->empty());
}

TEST_CASE("a caller that its mapper refuses is recorded as such") {
  const Audited audited({.mapper = PrincipalMapper::create({.required = {"org_id"}}).value()});
  const AuditRecord record = audited.record_of(token_of(key_a()));
  CHECK(record.category == AuditCategory::bad_claims);
  CHECK(record.user_id.empty());
  REQUIRE(record.error);
  CHECK(record.error->subject() == "org");
}

TEST_CASE("the record tells a race after a rotation from a key that nobody has") {
  const Audited audited;
  REQUIRE(audited.auth->warm_up(seconds(5)));
  audited.issuer.publish({key_a(), key_b()});
  CHECK(audited.record_of(token_of(key_b())).category == AuditCategory::accepted_after_rotation);
  CHECK(audited.record_of(token_of(key_b())).category == AuditCategory::accepted);
  audited.issuer.clock->advance(seconds(30));
  const AuditRecord unknown = audited.record_of(test::token_with_kid("nobody's"));
  CHECK(unknown.category == AuditCategory::unknown_key);
  CHECK(unknown.key_id == "nobody's");
}

TEST_CASE("of a flood of made-up keys only those are unknown that the issuer was asked about") {
  const Audited audited;
  REQUIRE(audited.auth->warm_up(seconds(5)));
  audited.issuer.clock->advance(seconds(30));
  const auto category_of = [&](const char* kid) {
    return audited.record_of(test::token_with_kid(kid)).category;
  };
  CHECK(category_of("made-up-1") == AuditCategory::unknown_key);
  const auto fetches = audited.issuer.fetcher->calls();
  CHECK(category_of("made-up-2") == AuditCategory::unconfirmed_key);
  CHECK(audited.issuer.fetcher->calls() == fetches);
}

TEST_CASE("callers without a signature are recorded as unverified") {
  const auto auditor = std::make_shared<RecordingAuditor>();
  const auto auth =
      make_audited_authenticator(
          jwks::make_development_authenticator({.user_id = "dev", .org_id = "dev-org"}).value(),
          auditor)
          .value();
  CHECK(answer_of(auth->authenticate("")) == "dev");
  REQUIRE(auditor->records().size() == 1);
  const AuditRecord record = auditor->records()[0];
  CHECK(record.category == AuditCategory::accepted_unverified);
  CHECK(record.mode == "none");
  CHECK(record.user_id == "dev");
  CHECK(record.key_id.empty());
}

TEST_CASE("what a disabled authenticator refuses is a matter of configuration, not of the token") {
  const auto auditor = std::make_shared<RecordingAuditor>();
  const auto auth =
      make_audited_authenticator(jwks::make_disabled_authenticator().value(), auditor).value();
  CHECK(answer_of(auth->authenticate(token_of(key_a()))) == "unknown_key");
  REQUIRE(auditor->records().size() == 1);
  const AuditRecord record = auditor->records()[0];
  CHECK(record.category == AuditCategory::misconfigured);
  CHECK(record.mode == "disabled");
  REQUIRE(record.error);
  CHECK(record.error->detail() == "no key source is configured");
  CHECK(auth->health() == jwks::HealthStatus::unavailable);
}

TEST_CASE("what is called back is recorded once, and before") {
  const Audited audited;
  REQUIRE(audited.auth->warm_up(seconds(5)));
  int calls = 0;
  audited.auth->authenticate_async(token_of(key_a()), [&](const auto& outcome) {
    ++calls;
    CHECK(answer_of(outcome) == "alice");
    CHECK(audited.auditor->records().size() == 1);
    throw std::runtime_error("of no concern");
  });
  CHECK(calls == 1);
  audited.auth->authenticate_async("garbage", nullptr);
  REQUIRE(audited.auditor->records().size() == 2);
  CHECK(audited.auditor->records()[1].category == AuditCategory::malformed);
}

TEST_CASE("what waits is recorded, also when the authenticator is gone") {
  Audited audited({.issuer_is_silent = true});
  Mailbox mailbox;
  audited.auth->authenticate_async(token_of(key_a()), mailbox.callback());
  CHECK(audited.auditor->records().empty());
  audited.auth.reset();
  CHECK(answer_of(mailbox.outcome()) == "keys_unavailable");
  REQUIRE(audited.auditor->records().size() == 1);
  CHECK(audited.auditor->records()[0].category == AuditCategory::unavailable);
  CHECK(audited.auditor->records()[0].mode == "jwks");
}

TEST_CASE("an auditor that throws changes no answer") {
  const Audited audited({.auditor_throws = true});
  CHECK(answer_of(audited.auth->authenticate(token_of(key_a()))) == "alice");
  CHECK(answer_of(audited.auth->authenticate("garbage")) == "not_three_segments");
  Mailbox mailbox;
  audited.auth->authenticate_async(token_of(key_a()), mailbox.callback());
  CHECK(answer_of(mailbox.outcome()) == "alice");
  CHECK(audited.auditor->records().size() == 3);
}

TEST_CASE("everything else is that of the authenticator inside") {
  const Audited audited({.issuer_is_silent = true});
  CHECK(audited.auth->mode() == "jwks");
  CHECK(audited.auth->health() == jwks::HealthStatus::unavailable);
  CHECK_FALSE(audited.auth->warm_up(seconds(0)));
  audited.issuer.fetcher->open_gate();
  CHECK(audited.auth->warm_up(seconds(5)));
  CHECK(audited.auth->health() == jwks::HealthStatus::healthy);
  REQUIRE(audited.auth->metrics().size() == 1);
  CHECK(audited.auth->metrics()[0].issuer == test::kIssuer);
  CHECK(audited.auditor->records().empty());
}

TEST_CASE("nothing is audited without an authenticator or an auditor") {
  CHECK(fault_of(make_audited_authenticator(nullptr, std::make_shared<RecordingAuditor>())) ==
        "bad_config inner");
  CHECK(fault_of(make_audited_authenticator(jwks::make_disabled_authenticator().value(),
                                            nullptr)) == "bad_config auditor");
}
