// A key set that leaves one process and comes into another: trusted there, and never for longer.

#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "source/snapshot_codec.hpp"
#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::CacheOptions;
using jwks::Error;
using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::EventKind;
using jwks::JwksVerifier;
using jwks::KeySetState;
using jwks::source::decode_snapshot;
using jwks::source::encode_snapshot;
using jwks::source::StoredSnapshot;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::error_of;
using test::eventually;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

/// An issuer as a later process meets it: that process's steady clock began elsewhere.
struct Later : Issuer {
  Later(const Issuer& before, seconds passed) {
    clock->advance(hours(777));
    const auto lag = before.clock->wall_now() - clock->wall_now();
    clock->step_wall(std::chrono::duration_cast<seconds>(lag) + passed);
  }
  /// A verifier that has no keys and asks only when a caller comes.
  [[nodiscard]] JwksVerifier idle(CacheOptions cache = {}) const {
    cache.background_refresh = false;
    return verifier(cache);
  }
};

/// What a verifier exports that has just loaded key A.
std::string exported(const Issuer& issuer, CacheOptions cache = {}) {
  return issuer.loaded(cache).export_snapshot().value();
}

/// The text with its content changed and the checksum right again.
template <class Change>
std::string changed(const std::string& text, Change change) {
  StoredSnapshot stored = decode_snapshot(text).value();
  change(stored);
  return encode_snapshot(stored).value();
}

/// Why an import is refused, if it is refused as a snapshot.
std::string refusal_of(const JwksVerifier& verifier, const std::string& text) {
  const auto imported = verifier.import_snapshot(text);
  if (imported) return "nothing";
  if (imported.error().code() != ErrorCode::keys_unavailable ||
      imported.error().reason() != ErrorReason::snapshot_rejected) {
    return "another error: " + imported.error().message();
  }
  return std::string(imported.error().detail());
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

int exit_status_of(pid_t child) {
  int status = -1;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("an imported key set verifies without a fetch, and the issuer is asked meanwhile",
          "[claim-85]") {
  const Issuer before;
  const std::string text = exported(before);
  const Later now(before, seconds(100));
  now.fetcher->close_gate();
  const auto verifier = now.idle();
  CHECK(verifier.health().state == KeySetState::empty);
  REQUIRE(verifier.import_snapshot(text));

  const auto token = verifier.verify(token_of(key_a()));
  REQUIRE(token);
  CHECK(token->key_age() == seconds(100));
  CHECK_FALSE(token->stale());
  CHECK_FALSE(token->key_refreshed());
  CHECK(verifier.verify_cached(token_of(key_a())));
  CHECK(verifier.health().state == KeySetState::refresh_due);
  CHECK(verifier.stats().fetches == 0);  // none has ended

  REQUIRE(eventually([&] { return now.fetcher->calls() == 1; }));
  now.fetcher->open_gate();
  REQUIRE(eventually([&] { return verifier.health().state == KeySetState::fresh; }));
  CHECK(verifier.health().generation == 1);  // the same document
  CHECK(now.fetcher->calls() == 1);
}

TEST_CASE("another process verifies with the keys of this one while the issuer is down",
          "[claim-85]") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const std::string text = verifier.export_snapshot().value();
  const std::string known = token_of(key_a());
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const Later own(issuer, seconds(60));
    own.fetcher->fail();
    const auto fresh = own.verifier();
    const bool cold = !fresh.verify(known);
    const bool imported = fresh.import_snapshot(text).has_value();
    const bool verified = fresh.verify(known).has_value();
    const auto inherited = verifier.import_snapshot(text);
    const bool forked = !inherited && inherited.error().reason() == ErrorReason::forked;
    const bool copied = verifier.export_snapshot().has_value();
    _exit(cold && imported && verified && forked && copied ? 0 : 1);
  }
  CHECK(exit_status_of(child) == 0);
}

TEST_CASE("after an import the background asks the issuer by itself", "[claim-85]") {
  const Issuer before;
  const std::string text = exported(before);
  const Later now(before, seconds(10));
  now.fetcher->fail();
  const auto verifier = now.verifier();
  REQUIRE(eventually([&] { return verifier.stats().fetch_failures == 1; }));
  REQUIRE(verifier.import_snapshot(text));
  CHECK(verifier.verify(token_of(key_a())));
  now.publish({key_a(), key_b()});
  CHECK(eventually([&] {
    now.clock->advance(seconds(1));
    return verifier.health().kids.size() == 2;
  }));
}

TEST_CASE("a caller that waits for keys gets them from an import") {
  const Issuer before;
  const std::string text = exported(before);
  const Later now(before, seconds(10));
  now.fetcher->close_gate();
  const auto verifier = now.idle();
  bool accepted = false;
  {
    std::jthread caller([&] { accepted = verifier.verify(token_of(key_a())).has_value(); });
    REQUIRE(eventually([&] { return now.fetcher->calls() == 1; }));
    REQUIRE(verifier.import_snapshot(text));
  }  // the fetch hangs still
  CHECK(accepted);
  CHECK(verifier.stats().fetches == 0);
}

TEST_CASE("past its lifetime an imported set serves only if the issuer is down") {
  const Issuer before;
  const std::string text = exported(before);
  const Later now(before, seconds(301));
  const auto verifier = now.idle();
  SECTION("reachable: its answer counts") {
    now.publish({key_b()});
    REQUIRE(verifier.import_snapshot(text));
    CHECK(error_of(verifier.verify(token_of(key_a()))).code() == ErrorCode::unknown_key);
  }
  SECTION("down: held keys serve, marked") {
    now.fetcher->answer_with_status(500);
    REQUIRE(verifier.import_snapshot(text));
    const auto token = verifier.verify(token_of(key_a()));
    REQUIRE(token);
    CHECK(token->stale());
    CHECK(token->key_age() == seconds(301));
  }
}

TEST_CASE("what is trusted there is trusted here for as long by the wall clock, and no longer") {
  const Issuer before;
  const std::string text = exported(before);
  const struct {
    seconds passed;
    std::string_view refusal;
    KeySetState state;
  } rows[] = {
      {seconds(-1), "future", KeySetState::empty},
      {seconds(-3600 * 24), "future", KeySetState::empty},
      {seconds(0), "nothing", KeySetState::refresh_due},
      {seconds(299), "nothing", KeySetState::refresh_due},
      {seconds(300), "nothing", KeySetState::stale_unproven},
      {seconds(3899), "nothing", KeySetState::stale_unproven},
      {seconds(3900), "expired", KeySetState::empty},
      {seconds(3600 * 24 * 365), "expired", KeySetState::empty},
  };
  for (const auto& row : rows) {
    CAPTURE(row.passed.count());
    const Later now(before, row.passed);
    now.fetcher->close_gate();
    const auto verifier = now.idle();
    CHECK(holds(refusal_of(verifier, text), row.refusal));
    CHECK(verifier.health().state == row.state);
    CHECK(verifier.health().kids.empty() == (row.state == KeySetState::empty));
  }
}

TEST_CASE("a millisecond decides about the future and the end") {
  const Issuer before;
  const std::string text = exported(before);
  const auto shifted = [&](milliseconds by) {
    return changed(text, [&](StoredSnapshot& stored) {
      stored.validated_at += by;
      stored.fresh_until += by;
      stored.stale_until += by;
    });
  };
  const Later now(before, seconds(0));
  CHECK(holds(refusal_of(now.idle(), shifted(milliseconds(1))), "future"));
  CHECK(refusal_of(now.idle(), shifted(milliseconds(0))) == "nothing");
  CHECK(refusal_of(now.idle(), shifted(milliseconds(1 - 3'900'000))) == "nothing");
  CHECK(holds(refusal_of(now.idle(), shifted(milliseconds(-3'900'000))), "expired"));
}

TEST_CASE("an imported set grows old by the steady clock, whatever is done to the other") {
  const Issuer before;
  const std::string text = exported(before);
  const Later now(before, seconds(100));
  now.fetcher->close_gate();
  const auto verifier = now.idle();
  REQUIRE(verifier.import_snapshot(text));
  const auto state_after = [&](seconds more) {
    now.clock->advance(more);
    now.clock->step_wall(-hours(2));
    return verifier.health().state;
  };
  CHECK(state_after(seconds(199)) == KeySetState::refresh_due);
  CHECK(state_after(seconds(1)) == KeySetState::stale_unproven);
  CHECK(state_after(seconds(3599)) == KeySetState::stale_unproven);
  CHECK(state_after(seconds(1)) == KeySetState::expired);
}

TEST_CASE("times are cut to what this verifier would have given them") {
  const Issuer before;
  before.fetcher->answer({.status = 200,
                          .body = test::keys_of({key_a()}),
                          .content_type = "application/json",
                          .cache_control = "max-age=86400"});
  const std::string text =
      exported(before, {.max_ttl = hours(24), .max_stale = seconds(3600 * 24 * 7)});
  const Later now(before, seconds(600));
  now.fetcher->close_gate();
  const auto verifier = now.idle({.max_ttl = seconds(1800), .max_stale = seconds(900)});
  REQUIRE(verifier.import_snapshot(text));
  const auto state_after = [&](seconds more) {
    now.clock->advance(more);
    return verifier.health().state;
  };
  CHECK(state_after(seconds(1199)) == KeySetState::refresh_due);
  CHECK(state_after(seconds(1)) == KeySetState::stale_unproven);
  CHECK(state_after(seconds(899)) == KeySetState::stale_unproven);
  CHECK(state_after(seconds(1)) == KeySetState::expired);

  SECTION("and a set may be over by that at once") {
    const Later late(before, seconds(2700));
    CHECK(holds(refusal_of(late.idle({.max_ttl = seconds(1800), .max_stale = seconds(900)}), text),
                "expired"));
    CHECK(holds(refusal_of(late.idle({.max_ttl = seconds(2700), .max_stale = seconds(0)}), text),
                "expired"));
  }
}

TEST_CASE("a set that goes from process to process gains no time") {
  Issuer issuer;
  std::string text = exported(issuer);
  StoredSnapshot last = decode_snapshot(text).value();
  for (int hop = 0; hop < 20; ++hop) {
    Later now(issuer, seconds(1));
    now.fetcher->close_gate();
    now.clock->advance(std::chrono::nanoseconds(123'456'789));  // between two milliseconds
    const auto verifier = now.idle({.max_ttl = hours(24), .max_stale = hours(24)});
    REQUIRE(verifier.import_snapshot(text));
    now.clock->advance(std::chrono::nanoseconds(987'654'321));
    text = verifier.export_snapshot().value();
    const StoredSnapshot next = decode_snapshot(text).value();
    CHECK(next.validated_at <= last.validated_at);
    CHECK(next.fresh_until <= last.fresh_until);
    CHECK(next.stale_until <= last.stale_until);
    CHECK(last.stale_until - next.stale_until <= milliseconds(2));
    last = next;
    issuer = std::move(now);
  }
}

TEST_CASE("a snapshot of another key set is refused") {
  const Issuer issuer;
  const std::string text = exported(issuer);
  const auto told = [&](const jwks::VerifierOptions& options, const std::string& snapshot) {
    return refusal_of(JwksVerifier::create(options).value(), snapshot);
  };
  issuer.fetcher->close_gate();
  auto other = issuer.options({.background_refresh = false});
  other.issuer = "https://issuer.example/";
  CHECK(holds(told(other, text), "another issuer: https://issuer.example"));
  other = issuer.options({.background_refresh = false});
  other.jwks_uri = "https://issuer.example/jwks2";
  CHECK(holds(told(other, text), "another jwks_uri: https://issuer.example/jwks"));
  other.jwks_uri = "";
  CHECK(holds(told(other, text), "another jwks_uri"));
  const std::string discovered =
      changed(text, [](StoredSnapshot& stored) { stored.jwks_uri.clear(); });
  CHECK(holds(told(issuer.options({.background_refresh = false}), discovered), "another jwks_uri"));
  CHECK(told(other, discovered) == "nothing");
  // What the store holds is shown as nothing but printable text.
  const std::string hostile =
      changed(text, [](StoredSnapshot& stored) { stored.issuer = "caf\xC3\xA9"; });
  CHECK(holds(told(issuer.options({.background_refresh = false}), hostile), "caf\\xc3\\xa9"));
}

TEST_CASE("a stored document is judged like one that the issuer sent") {
  const Issuer issuer;
  const std::string text = exported(issuer);
  const auto with_document = [&](std::string document) {
    return changed(text, [&](StoredSnapshot& stored) {
      stored.document = std::make_shared<const std::string>(std::move(document));
    });
  };
  issuer.fetcher->close_gate();
  const auto verifier = issuer.verifier({.background_refresh = false});
  for (const char* empty : {R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})",
                            R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})"})
    CHECK(refusal_of(verifier, with_document(empty)) == "it holds no usable key");
  for (const char* broken : {"", "{}", "[]", "null", R"({"keys":[)", R"({"keys":[],"keys":[]})"}) {
    CAPTURE(broken);
    CHECK(holds(refusal_of(verifier, with_document(broken)), "its document is rejected"));
  }
  CHECK(refusal_of(verifier, with_document(test::keys_of({key_a(), key_b()}))) == "nothing");
  CHECK(verifier.health().kids.size() == 2);
}

TEST_CASE("a snapshot whose times contradict each other is refused") {
  const Issuer issuer;
  const std::string text = exported(issuer);
  const auto verifier = issuer.verifier({.background_refresh = false});
  const std::string early =
      changed(text, [](StoredSnapshot& s) { s.fresh_until = s.validated_at - milliseconds(1); });
  CHECK(holds(refusal_of(verifier, early), "contradict"));
  const std::string swapped =
      changed(text, [](StoredSnapshot& s) { std::swap(s.fresh_until, s.stale_until); });
  CHECK(holds(refusal_of(verifier, swapped), "contradict"));
  // The largest numbers that the text can hold.
  const std::string endless = changed(text, [](StoredSnapshot& s) {
    s.fresh_until = s.stale_until = jwks::source::WallTime(milliseconds(253'402'300'799'999));
  });
  CHECK(refusal_of(verifier, endless) == "nothing");
  const std::string far = changed(text, [](StoredSnapshot& s) {
    s.validated_at = s.fresh_until = s.stale_until =
        jwks::source::WallTime(milliseconds(253'402'300'799'999));
  });
  CHECK(holds(refusal_of(verifier, far), "future"));
}

TEST_CASE("a refused import changes nothing") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  issuer.clock->advance(seconds(10));
  const std::string text = verifier.export_snapshot().value();
  const auto before = verifier.health();
  CHECK_FALSE(verifier.import_snapshot(text.substr(1)));
  CHECK_FALSE(verifier.import_snapshot(std::string(10'000'000, 'x')));
  CHECK_FALSE(verifier.import_snapshot(""));
  CHECK(verifier.health().state == before.state);
  CHECK(verifier.health().generation == before.generation);
  CHECK(verifier.health().key_age == before.key_age);
  CHECK(verifier.verify(token_of(key_a())));
  CHECK(issuer.fetcher->calls() == 1);
}

TEST_CASE("an import never replaces a set that the issuer vouched for later") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const std::string old = verifier.export_snapshot().value();
  issuer.clock->advance(seconds(50));
  issuer.publish({key_b()});
  REQUIRE(verifier.refresh(seconds(5)));
  CHECK(verifier.import_snapshot(old));  // what is wanted is there: something as new
  CHECK(verifier.health().kids == std::vector<std::string>{key_b().key_id()});
  CHECK(verifier.health().generation == 2);
  CHECK(verifier.health().state == KeySetState::fresh);

  SECTION("but an older one it does") {
    const Issuer other;  // has loaded key A later, by the same wall clock
    other.clock->advance(seconds(60));
    const std::string newer = exported(other);
    issuer.clock->advance(seconds(20));
    issuer.fetcher->close_gate();
    REQUIRE(verifier.import_snapshot(newer));
    CHECK(verifier.health().kids == std::vector<std::string>{key_a().key_id()});
    CHECK(verifier.health().generation == 3);
    CHECK(verifier.health().key_age == seconds(10));
  }
}

TEST_CASE("nothing that may not be used is exported") {
  const Issuer issuer;
  issuer.fetcher->answer_with_status(500);
  const auto verifier = issuer.verifier({.background_refresh = false});
  CHECK(verifier.export_snapshot().error().reason() == ErrorReason::never_loaded);
  CHECK_FALSE(verifier.refresh(seconds(5)));
  const auto failed = verifier.export_snapshot();
  CHECK(failed.error().code() == ErrorCode::keys_unavailable);
  CHECK(failed.error().reason() == ErrorReason::fetch_failed);
  issuer.publish({key_a()});
  REQUIRE(verifier.refresh(seconds(5)));
  CHECK(verifier.export_snapshot());
  issuer.clock->advance(seconds(3899));
  CHECK(verifier.export_snapshot());
  issuer.clock->advance(seconds(1));
  CHECK(verifier.export_snapshot().error().reason() == ErrorReason::expired);
}

TEST_CASE("an export has what the issuer sent, byte for byte") {
  const Issuer issuer;
  const std::string body = "  " + test::keys_of({key_a(), key_b()}) + "\r\n";
  issuer.fetcher->answer({.status = 200,
                          .body = body,
                          .content_type = "application/json",
                          .cache_control = "max-age=500",
                          .age = "100",
                          .etag = "W/\"7\"",
                          .last_modified = "Mon, 01 Jan 2024 00:00:00 GMT"});
  const auto verifier = issuer.loaded();
  issuer.clock->advance(seconds(30));
  const StoredSnapshot stored = decode_snapshot(verifier.export_snapshot().value()).value();
  CHECK(stored.issuer == test::kIssuer);
  CHECK(stored.jwks_uri == test::kJwksUri);
  CHECK(stored.validated_at == test::kNow - seconds(100));
  CHECK(stored.fresh_until == test::kNow + seconds(400));
  CHECK(stored.stale_until == test::kNow + seconds(4000));
  CHECK(stored.etag == "W/\"7\"");
  CHECK(stored.last_modified == "Mon, 01 Jan 2024 00:00:00 GMT");
  CHECK(*stored.document == body);
}

TEST_CASE("the issuer is asked for an imported document, not whether it has changed") {
  const Issuer before;
  before.fetcher->answer({.status = 200,
                          .body = test::keys_of({key_a()}),
                          .content_type = "application/json",
                          .etag = "\"v1\""});
  const std::string text = exported(before);
  const Later now(before, seconds(100));
  // Whoever wrote the snapshot wrote its validators too. An issuer that was asked with them would
  // confirm a document that it has never seen.
  now.fetcher->script([](const jwks::FetchRequest& request) -> jwks::Fetcher::Outcome {
    if (!request.if_none_match.empty()) return {jwks::FetchResponse{.status = 304}};
    return {jwks::FetchResponse{.status = 200, .body = test::keys_of({key_a()}), .etag = "\"v1\""}};
  });
  const auto verifier = now.idle();
  REQUIRE(verifier.import_snapshot(text));
  REQUIRE(eventually([&] { return verifier.health().state == KeySetState::fresh; }));
  CHECK(now.fetcher->requests().at(0).if_none_match.empty());
  CHECK(verifier.health().generation == 1);  // the same bytes are not read twice
  REQUIRE(verifier.refresh(seconds(30)));
  CHECK(now.fetcher->requests().at(1).if_none_match == "\"v1\"");  // its own, from here on
  CHECK(verifier.health().key_age == seconds(0));
  CHECK(verifier.verify(token_of(key_a())));
  const auto again = decode_snapshot(verifier.export_snapshot().value()).value();
  CHECK(*again.document == test::keys_of({key_a()}));
}

TEST_CASE("a closed verifier gives its keys away and takes none") {
  const Issuer issuer;
  const auto verifier = issuer.loaded();
  const std::string text = verifier.export_snapshot().value();
  verifier.close();
  CHECK(verifier.export_snapshot().value() == text);
  CHECK(verifier.import_snapshot(text).error().reason() == ErrorReason::closed);
}

TEST_CASE("static keys are neither exported nor replaced") {
  const auto verifier =
      JwksVerifier::create_static(test::key_set({key_a()}), test::options()).value();
  CHECK(verifier.export_snapshot().error().code() == ErrorCode::bad_config);
  CHECK(verifier.import_snapshot("").error().code() == ErrorCode::bad_config);
}
