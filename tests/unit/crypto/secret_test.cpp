#include "crypto/secret.hpp"

#include <string>
#include <type_traits>

#include "crypto/openssl.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

using jwks::Algorithm;
using jwks::crypto::mac_size;
using jwks::crypto::Secret;
using jwks::crypto::verify_mac;
using test::from_hex;

namespace {

// RFC 4231 §4.7: test case 6, whose key is long enough for every hash.
const std::string kKey(131, '\xaa');
const std::string kInput = "Test Using Larger Than Block-Size Key - Hash Key First";
const std::pair<Algorithm, std::string> kMacs[] = {
    {Algorithm::hs256, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {Algorithm::hs384,
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44"
     "952"},
    {Algorithm::hs512,
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1"
     "e5295e64f73f63f0aec8b915a985d786598"}};

}  // namespace

TEST_CASE("a secret moves, is not copied, and has no text") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Secret>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Secret>);
  Secret first("0123456789");
  CHECK(first.size() == 10);
  const Secret second = std::move(first);
  CHECK(std::string_view(second.bytes().data(), second.size()) == "0123456789");
  CHECK(Secret(std::size_t{3}).bytes()[2] == '\0');
  CHECK(Secret(std::string_view()).size() == 0);
}

TEST_CASE("the MACs of RFC 4231 are accepted") {
  const Secret secret(kKey);
  for (const auto& [algorithm, mac] : kMacs) {
    CAPTURE(to_string(algorithm));
    CHECK(from_hex(mac).size() == mac_size(algorithm));
    CHECK(verify_mac(algorithm, secret, kInput, from_hex(mac)));
    CHECK_FALSE(verify_mac(algorithm, secret, kInput + " ", from_hex(mac)));
    CHECK_FALSE(verify_mac(algorithm, Secret(kKey + "a"), kInput, from_hex(mac)));
  }
}

TEST_CASE("a MAC counts whole: any bit, any cut, any addition spoils it", "[attack-209]") {
  const Secret secret(kKey);
  for (const auto& [algorithm, hex] : kMacs) {
    const std::string mac = from_hex(hex);
    CAPTURE(to_string(algorithm));
    for (std::size_t bit = 0; bit < 8 * mac.size(); ++bit) {
      std::string bad = mac;
      bad[bit / 8] = static_cast<char>(static_cast<unsigned char>(bad[bit / 8]) ^ (1U << bit % 8));
      if (verify_mac(algorithm, secret, kInput, bad)) FAIL_CHECK("accepted with bit " << bit);
    }
    for (std::size_t size = 0; size < mac.size(); ++size) {
      if (verify_mac(algorithm, secret, kInput, mac.substr(0, size))) {
        FAIL_CHECK("accepted when cut to " << size);
      }
    }
    CHECK_FALSE(verify_mac(algorithm, secret, kInput, mac + '\0'));
    CHECK_FALSE(verify_mac(algorithm, secret, kInput, mac + mac));
  }
}

TEST_CASE("a MAC of one algorithm is none of another", "[attack-023]") {
  const Secret secret(kKey);
  for (const auto& [made, mac] : kMacs) {
    for (const Algorithm other : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512,
                                  Algorithm::rs256, Algorithm::eddsa, Algorithm::ml_dsa_44}) {
      CAPTURE(to_string(made), to_string(other));
      CHECK(verify_mac(other, secret, kInput, from_hex(mac)) == (made == other));
    }
  }
}

TEST_CASE("a secret that is shorter than the hash authenticates nothing",
          "[attack-012][attack-013][attack-014]") {
  for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
    const std::size_t least = mac_size(algorithm);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, least - 1, least, least + 1}) {
      const std::string key(size, 'k');
      const std::string bits = std::to_string(8 * least);
      std::string mac(least, '\0');
      std::size_t written = 0;
      REQUIRE(EVP_Q_mac(
                  nullptr, "HMAC", nullptr, ("SHA" + bits).c_str(), nullptr,
                  size == 0 ? "" : key.data(), size, reinterpret_cast<const unsigned char*>("x"), 1,
                  reinterpret_cast<unsigned char*>(mac.data()), mac.size(), &written) != nullptr);
      CAPTURE(to_string(algorithm), size);
      CHECK(verify_mac(algorithm, Secret(key), "x", mac) == (size >= least));
    }
  }
}
