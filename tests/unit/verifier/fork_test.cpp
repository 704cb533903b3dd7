// What a forked child can do with a verifier of its parent, whatever the parent's threads were
// doing at that moment: everything that needs no network, and no hanging.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/issuer_fixture.hpp"

namespace {

using jwks::ErrorReason;
using jwks::JwksVerifier;
using std::chrono::seconds;
using test::Issuer;
using test::key_a;
using test::key_b;
using test::token_of;

enum class End { immediate, orderly };

/// Ends the child. After a leak checker's heart the memory of threads that are not here is lost.
[[noreturn]] void leave(int status, End end) {
#if defined(__SANITIZE_ADDRESS__)
  end = End::immediate;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  end = End::immediate;
#endif
#endif
  if (end == End::orderly) std::exit(status);
  _exit(status);
}

/// Runs `body` in a child. Returns its answer, or "hangs", or "crashes".
std::string in_child(const std::function<bool()>& body, End end = End::immediate) {
  std::fflush(nullptr);  // or an orderly end would write our buffers once more
  const pid_t child = fork();
  if (child < 0) return "there is no child";
  if (child == 0) leave(body() ? 0 : 1, end);
  int status = 0;
  const bool ended = test::eventually([&] { return waitpid(child, &status, WNOHANG) == child; });
  if (!ended) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return "hangs";
  }
  if (!WIFEXITED(status)) return "crashes";
  return WEXITSTATUS(status) == 0 ? "yes" : "no";
}

bool is_forked(const jwks::Error& error) {
  return error.code() == jwks::ErrorCode::keys_unavailable &&
         error.reason() == ErrorReason::forked && !error.message().empty();
}

/// Known keys verify; whatever needs the network says at once that it is not to be had here.
bool child_of(const JwksVerifier& verifier, const std::string& known, const std::string& unknown) {
  bool right = verifier.verify(known).has_value() && verifier.verify_cached(known).has_value();
  const auto missed = verifier.verify(unknown);
  right = right && !missed && is_forked(missed.error());
  const auto cached = verifier.verify_cached(unknown);
  right = right && !cached && is_forked(cached.error());
  int calls = 0;
  verifier.verify_async(unknown, [&](const jwks::Result<jwks::VerifiedToken>& result) {
    ++calls;
    right = right && !result && is_forked(result.error());
  });
  right = right && calls == 1;
  const auto refreshed = verifier.refresh(seconds(5));
  right = right && !refreshed && is_forked(refreshed.error());
  right = right && verifier.warm_up(seconds(5)).has_value();  // keys are held
  right = right && verifier.health().kids.size() == 1 && verifier.export_snapshot().has_value();
  static_cast<void>(verifier.metrics());
  return right;
}

bool new_verifier_fetches() {
  const Issuer own;
  const auto verifier = own.verifier();
  own.publish({key_a(), key_b()});
  return verifier.warm_up(seconds(20)) && verifier.refresh(seconds(20)) &&
         verifier.verify(token_of(key_b())) && own.fetcher->calls() >= 1;
}

}  // namespace

TEST_CASE("a child uses the keys it has inherited, and says so where it can't fetch",
          "[claim-69][attack-205]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  const std::string known = token_of(key_a());
  const std::string unknown = token_of(key_b());

  SECTION("and closes them") {
    CHECK(in_child([&] {
            const bool right = child_of(verifier, known, unknown);
            verifier.close();
            return right && verifier.verify(known).has_value();
          }) == "yes");
  }
  SECTION("and destroys them") {
    auto doomed = std::make_unique<JwksVerifier>(issuer.verifier());
    REQUIRE(doomed->warm_up(seconds(5)));
    CHECK(in_child([&] {
            doomed.reset();
            return true;
          }) == "yes");
    CHECK(doomed->verify(known));
  }
  SECTION("and ends in order") {
    CHECK(in_child([&] { return child_of(verifier, known, unknown); }, End::orderly) == "yes");
  }
  SECTION("and its child does so too") {
    CHECK(in_child([&] {
            return child_of(verifier, known, unknown) &&
                   in_child([&] { return child_of(verifier, known, unknown); }) == "yes";
          }) == "yes");
  }
  SECTION("one after the other") {
    for (int i = 0; i < 50; ++i)
      REQUIRE(in_child([&] { return child_of(verifier, known, unknown); }) == "yes");
  }
  CHECK(verifier.verify(known));  // the parent is none the worse
  issuer.publish({key_b()});
  CHECK(verifier.verify(unknown));
}

TEST_CASE("a child makes verifiers of its own, and so does its child", "[claim-69]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  const std::string known = token_of(key_a());
  const std::string unknown = token_of(key_b());
  for (const End end : {End::immediate, End::orderly})
    CHECK(in_child([&] { return new_verifier_fetches() && verifier.verify(known).has_value(); },
                   end) == "yes");
  CHECK(in_child([&] {
          const Issuer own;
          const auto mine = own.verifier();
          return mine.warm_up(seconds(20)) && in_child([&] {
                                                return child_of(mine, known, unknown) &&
                                                       child_of(verifier, known, unknown) &&
                                                       new_verifier_fetches();
                                              }) == "yes";
        }) == "yes");
}

TEST_CASE("a fork while a fetch is under way leaves the fetch to the parent",
          "[claim-69][attack-205]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  const std::string known = token_of(key_a());
  const std::string unknown = token_of(key_b());
  const std::size_t before = issuer.fetcher->calls();
  issuer.fetcher->close_gate();
  issuer.publish({key_a(), key_b()});
  std::atomic<bool> accepted = false;
  {
    const std::jthread waits([&] { accepted = verifier.verify(unknown).has_value(); });
    REQUIRE(test::eventually([&] { return issuer.fetcher->calls() > before; }));
    REQUIRE(test::eventually([&] { return verifier.stats().waiters == 1; }));
    for (const End end : {End::immediate, End::orderly})
      CHECK(in_child([&] { return child_of(verifier, known, unknown); }, end) == "yes");
    CHECK(in_child([] { return new_verifier_fetches(); }) == "yes");
    issuer.fetcher->open_gate();
  }
  CHECK(accepted);
  CHECK(issuer.fetcher->calls() == before + 1);
}

TEST_CASE("a fork before the first keys have come is told in the child", "[claim-69]") {
  const Issuer issuer;
  issuer.fetcher->close_gate();
  const auto verifier = issuer.verifier();
  REQUIRE(test::eventually([&] { return issuer.fetcher->calls() == 1; }));
  const std::string token = token_of(key_a());
  CHECK(in_child([&] {
          const auto warm = verifier.warm_up(seconds(20));
          const auto result = verifier.verify(token);
          return !warm && is_forked(warm.error()) && !result && is_forked(result.error());
        }) == "yes");
  issuer.fetcher->open_gate();
  CHECK(verifier.warm_up(seconds(5)));
}

TEST_CASE("forks amid eight verifying threads and a rotating issuer", "[claim-69]") {
  const Issuer issuer;
  const auto verifier = issuer.verifier();
  REQUIRE(verifier.warm_up(seconds(5)));
  const std::string known = token_of(key_a());
  const std::string unknown = token_of(key_b());
  const std::string random = test::token_with_kid("nobody");
  std::atomic<bool> stop = false;
  std::atomic<unsigned> wrong = 0;
  std::vector<std::jthread> noise;
  for (int i = 0; i < 8; ++i)
    noise.emplace_back([&, i] {
      while (!stop) {
        if (!(i % 2 == 0 ? verifier.verify(known) : verifier.verify_cached(known))) ++wrong;
        static_cast<void>(verifier.verify_cached(random));
        static_cast<void>(verifier.health());
        static_cast<void>(verifier.stats());
      }
    });
  noise.emplace_back([&] {
    while (!stop)
      if (!verifier.refresh(seconds(20))) ++wrong;
  });
  for (int i = 0; i < 30; ++i)
    CHECK(in_child([&] { return child_of(verifier, known, unknown); },
                   i % 2 == 0 ? End::immediate : End::orderly) == "yes");
  stop = true;
  noise.clear();
  CHECK(wrong == 0);
}
