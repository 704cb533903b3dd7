#include "crypto/digest.hpp"

#include <string>

#include "support/catch.hpp"

using jwks::crypto::digest;
using jwks::crypto::HashFunction;

namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) out.append({kDigits[byte >> 4], kDigits[byte & 15]});
  return out;
}

}  // namespace

// The examples of FIPS 180-4 and FIPS 202 for "abc" and the empty message.
TEST_CASE("digests are those of the standards") {
  CHECK(hex(digest(HashFunction::sha256, "abc")->bytes()) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(digest(HashFunction::sha384, "abc")->bytes()) ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        "8086072ba1e7cc2358baeca134c825a7");
  CHECK(hex(digest(HashFunction::sha512, "abc")->bytes()) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
  const auto shake = digest(HashFunction::shake256, "");
  REQUIRE(shake);
  CHECK(shake->size == 114);
  CHECK(hex(shake->bytes().first(32)) ==
        "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f");
  CHECK(hex(*jwks::crypto::sha256("abc")) == hex(digest(HashFunction::sha256, "abc")->bytes()));
}

TEST_CASE("texts are equal if length and all bytes are") {
  using jwks::crypto::equal_in_constant_time;
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "xbc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abcd"));
  CHECK_FALSE(equal_in_constant_time("abc", ""));
}
