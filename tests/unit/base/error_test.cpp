#include "jwks/error.hpp"

#include <set>
#include <string>
#include <type_traits>

#include "base/text.hpp"
#include "support/catch.hpp"

using jwks::Error;
using jwks::ErrorCategory;
using jwks::ErrorCode;
using jwks::ErrorReason;

static_assert(std::is_nothrow_copy_constructible_v<Error> &&
                  std::is_nothrow_copy_assignable_v<Error> &&
                  std::is_trivially_destructible_v<Error>,
              "returning an error must not cost an allocation");

TEST_CASE("an error code's band is its category") {
  CHECK(Error(ErrorCode::too_large).category() == ErrorCategory::malformed);
  CHECK(Error(ErrorCode::unknown_key).category() == ErrorCategory::key);
  CHECK(Error(ErrorCode::bad_signature).category() == ErrorCategory::signature);
  CHECK(Error(ErrorCode::custom).category() == ErrorCategory::claims);
  CHECK(Error(ErrorCode::out_of_memory).category() == ErrorCategory::unavailable);
  CHECK(Error(ErrorCode::bad_config).category() == ErrorCategory::configuration);
}

TEST_CASE("every code and reason has a name of its own") {
  const auto names_of = [](auto first) {
    using Enum = decltype(first);
    std::set<std::string_view> names;
    std::size_t known = 0;
    for (std::uint16_t value = 0; value < 1000; ++value) {
      const std::string_view name = to_string(static_cast<Enum>(value));
      if (name == "unknown") continue;
      names.insert(name);
      ++known;
    }
    CHECK(names.size() == known);
    return known;
  };
  CHECK(names_of(ErrorCategory::malformed) == 6);
  CHECK(names_of(ErrorCode::too_large) == 32);
  CHECK(names_of(ErrorReason::none) == 46);
  CHECK(to_string(static_cast<jwks::Algorithm>(0)) == "unknown");
}

TEST_CASE("error codes keep their numbers") {
  CHECK(static_cast<int>(ErrorCode::too_large) == 101);
  CHECK(static_cast<int>(ErrorCode::crit_unsupported) == 107);
  CHECK(static_cast<int>(ErrorCode::key_rejected) == 205);
  CHECK(static_cast<int>(ErrorCode::bad_signature) == 301);
  CHECK(static_cast<int>(ErrorCode::custom) == 416);
  CHECK(static_cast<int>(ErrorCode::keys_unavailable) == 501);
  CHECK(static_cast<int>(ErrorCode::bad_config) == 601);
}

TEST_CASE("an error's message names code, reason, subject, detail, key and delay") {
  Error error(ErrorCode::unknown_key, ErrorReason::rate_limited);
  error.about("kid").because("no token left").for_key("k1").with_algorithm(jwks::Algorithm::es256);
  error.retry_in(std::chrono::seconds(12));
  CHECK(error.message() ==
        "unknown_key (rate_limited) [kid]: no token left, kid \"k1\", alg ES256, retry after 12 s");
  CHECK(error.retryable());
  CHECK_FALSE(Error(ErrorCode::unknown_key).retryable());
  CHECK(Error(ErrorCode::keys_unavailable, ErrorReason::closed).retryable());
}

TEST_CASE("retry_after is held between 1 and 300 seconds") {
  CHECK(Error(ErrorCode::keys_unavailable).retry_in(std::chrono::seconds(0)).retry_after() ==
        std::chrono::seconds(1));
  CHECK(Error(ErrorCode::keys_unavailable).retry_in(std::chrono::hours(9)).retry_after() ==
        std::chrono::seconds(300));
}

TEST_CASE("attacker text is escaped and cut in errors", "[attack-207]") {
  Error error(ErrorCode::unknown_key);
  error.for_key(std::string("a\r\n\x1b[31m\0\xff\\z", 12));
  CHECK(error.key_id() == "a\\x0d\\x0a\\x1b[31m\\x00\\xff\\x5cz");

  error.for_key(std::string(64, 'k'));
  CHECK(error.key_id() == std::string(64, 'k'));
  error.for_key(std::string(65, 'k'));
  CHECK(error.key_id() == std::string(61, 'k') + "...");
  error.because(std::string(100'000, '\n'));
  CHECK(error.detail().size() <= 160);
  CHECK(error.detail().ends_with("..."));
  CHECK(error.message().find('\n') == std::string::npos);
}

TEST_CASE("escaping never cuts an escape in two") {
  for (std::size_t room = 3; room < 40; ++room) {
    const std::string text = jwks::text::escape("ab\ncd\nef\ngh", room);
    CAPTURE(room, text);
    CHECK(text.size() <= room);
    const std::size_t last = text.rfind('\\');
    if (last != std::string::npos) CHECK(text.size() - last >= 4);
  }
}
