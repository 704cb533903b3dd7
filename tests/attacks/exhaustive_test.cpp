// Every small change of a valid token is refused: all bits, all bytes, all lengths. A token differs
// from the one that was signed, or it is the same token; strict decoding leaves nothing between.
//
// No answer may be about a claim: until the signature holds nobody has made any.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64url.hpp"
#include "support/catch.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCategory;
using jwks::JwkSet;
using test::Algorithm;

namespace {

/// One valid token, and what became of its variants.
class Subject {
 public:
  explicit Subject(Algorithm algorithm)
      : keys_(test::key_set({test::key(algorithm)})),
        text_(test::token(test::key(algorithm)).build().value()) {
    REQUIRE(jwks::verify(text_, keys_, policy_, test::kNow));
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t tried() const { return tried_; }
  /// The first variant that was not refused before the claims; empty is well.
  [[nodiscard]] const std::string& survivor() const { return survivor_; }

  void expect_refused(std::string_view variant) {
    ++tried_;
    const auto result = jwks::verify(variant, keys_, policy_, test::kNow);
    const bool refused = !result && result.error().category() != ErrorCategory::claims;
    if (!refused && survivor_.empty()) survivor_ = variant;
  }

 private:
  jwks::ValidationPolicy policy_ = test::policy();
  JwkSet keys_;
  std::string text_;
  std::string survivor_;
  std::size_t tried_ = 0;
};

constexpr std::size_t kOtherBytes = 255;
constexpr std::size_t kAllBytes = 256;

/// Runs `change` on a token of each algorithm: it feeds the variants to the subject and returns how
/// many there are.
void for_each_algorithm(const auto& change) {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::es256, Algorithm::ed25519}) {
    CAPTURE(to_string(algorithm));
    Subject subject(algorithm);
    const std::size_t variants = change(subject);
    CHECK(subject.survivor() == "");
    CHECK(subject.tried() == variants);
  }
}

/// The token with one segment replaced.
std::string with_segment(std::string_view text, std::size_t begin, std::size_t end,
                         std::string_view segment) {
  return std::string(text.substr(0, begin)).append(segment).append(text.substr(end));
}

TEST_CASE("a token is refused when any of its bytes has any other value",
          "[attack-054][attack-055][attack-073]") {
  for_each_algorithm([](Subject& subject) {
    std::string variant = subject.text();
    for (char& place : variant) {
      const char original = place;
      for (std::size_t step = 1; step <= kOtherBytes; ++step) {
        place = static_cast<char>(static_cast<unsigned char>(original) + step);
        subject.expect_refused(variant);
      }
      place = original;
    }
    return subject.text().size() * kOtherBytes;
  });
}

TEST_CASE("a token is refused when any bit of a decoded segment is flipped", "[attack-073]") {
  for_each_algorithm([](Subject& subject) {
    const std::string& text = subject.text();
    const std::size_t first = text.find('.');
    const std::size_t second = text.rfind('.');
    const std::pair<std::size_t, std::size_t> segments[] = {
        {0, first}, {first + 1, second}, {second + 1, text.size()}};
    std::size_t bits = 0;
    for (const auto& [begin, end] : segments) {
      std::string bytes = jwks::base64url::decode(text.substr(begin, end - begin)).value();
      for (char& byte : bytes) {
        for (unsigned bit = 0; bit < 8; ++bit, ++bits) {
          const char original = byte;
          byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit));
          subject.expect_refused(
              with_segment(text, begin, end, jwks::base64url::encode(std::string_view(bytes))));
          byte = original;
        }
      }
    }
    return bits;
  });
}

TEST_CASE("a token is refused when it is cut anywhere, from either end",
          "[attack-056][attack-073]") {
  for_each_algorithm([](Subject& subject) {
    const std::string_view text = subject.text();
    for (std::size_t size = 0; size < text.size(); ++size) {
      subject.expect_refused(text.substr(0, size));
      subject.expect_refused(text.substr(text.size() - size));
    }
    return 2 * text.size();
  });
}

TEST_CASE("a token is refused when any one byte is left out", "[attack-056][attack-073]") {
  for_each_algorithm([](Subject& subject) {
    const std::string& text = subject.text();
    for (std::size_t place = 0; place < text.size(); ++place) {
      subject.expect_refused(std::string(text).erase(place, 1));
    }
    return text.size();
  });
}

TEST_CASE("a token is refused when any byte is put in anywhere",
          "[attack-051][attack-053][attack-056][attack-073]") {
  for_each_algorithm([](Subject& subject) {
    const std::string& text = subject.text();
    for (std::size_t place = 0; place <= text.size(); ++place) {
      std::string variant(text);
      variant.insert(place, 1, '\0');
      for (std::size_t value = 0; value < kAllBytes; ++value) {
        variant[place] = static_cast<char>(value);
        subject.expect_refused(variant);
      }
    }
    return (text.size() + 1) * kAllBytes;
  });
}

}  // namespace
