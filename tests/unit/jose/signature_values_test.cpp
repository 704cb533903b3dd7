// Signatures of the right form with values that must not be accepted, and one that must.

#include <openssl/rsa.h>

#include <array>
#include <string>
#include <vector>

#include "crypto/digest.hpp"
#include "jwks/verify.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/hex.hpp"
#include "support/tokens.hpp"

using jwks::ErrorCode;
using jwks::JwkSet;
using test::Algorithm;
using test::from_hex;
using test::kNow;
using test::token;

namespace {

using Change = std::function<std::string(std::string)>;

/// A valid token of this key after `change` went over its signature.
bool accepted(const test::SigningKey& signer, const Change& change) {
  const auto text = token(signer).change_signature(change).build().value();
  const auto result =
      jwks::verify(text, test::key_set({signer}), test::policy(test::all_algorithms()), kNow);
  if (!result) CHECK(result.error().code() == ErrorCode::bad_signature);
  return result.has_value();
}

/// a ± b of big-endian numbers of one size; what does not fit is lost.
std::string sum(std::string a, const std::string& b, int sign = 1) {
  int carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    carry += static_cast<unsigned char>(a[i]) + sign * static_cast<unsigned char>(b[i]);
    a[i] = static_cast<char>(carry & 0xff);
    carry = carry >> 8;
  }
  return a;
}

std::string one(std::size_t size) {
  std::string number(size, '\0');
  number.back() = 1;
  return number;
}

/// The order of each curve's group, in the width of its coordinates.
const std::pair<Algorithm, std::string> kOrders[] = {
    {Algorithm::es256,
     from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")},
    {Algorithm::es384, from_hex("ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
                                "581a0db248b0a77aecec196accc52973")},
    {Algorithm::es512,
     from_hex("01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
              "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409")},
    {Algorithm::es256k,
     from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")}};

/// An RSASSA-PSS signature by this key, with parameters of any kind.
Change pss(const test::SigningKey& signer, const EVP_MD* mgf1, int salt, const std::string& input) {
  return [=](const std::string&) {
    const auto key = test::private_key(signer.private_pem().value());
    const jwks::crypto::EvpMdCtxPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr;
    REQUIRE(EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, salt) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_mgf1_md(options, mgf1) == 1);
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(input.data()),
                           input.size()) == 1);
    return signature;
  };
}

/// What the private key makes of a block of the modulus' size, whatever is in it.
Change encrypted(const test::SigningKey& signer, const std::string& block) {
  return [=](const std::string&) {
    const auto key = test::private_key(signer.private_pem().value());
    const jwks::crypto::EvpPkeyCtxPtr context(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    REQUIRE(EVP_PKEY_sign_init(context.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1);
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    REQUIRE(EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          reinterpret_cast<const unsigned char*>(block.data()), block.size()) == 1);
    return signature;
  };
}

}  // namespace

TEST_CASE("r and s of 0, 1, n - 1, n and more are refused in every combination", "[attack-145]") {
  for (const auto& [algorithm, n] : kOrders) {
    const std::string zero(n.size(), '\0');
    const std::array values = {zero, one(n.size()),         sum(n, one(n.size()), -1),
                               n,    sum(n, one(n.size())), std::string(n.size(), '\xff')};
    for (const std::string& r : values) {
      for (const std::string& s : values) {
        CAPTURE(to_string(algorithm));
        CHECK_FALSE(accepted(test::key(algorithm), [&](const std::string&) { return r + s; }));
      }
    }
  }
}

TEST_CASE("a number that is right but for a multiple of n is refused", "[attack-145]") {
  for (const auto& [algorithm, n] : kOrders) {
    if (algorithm != Algorithm::es512) continue;  // the only width with room for a second multiple
    const auto half = n.size();
    CHECK_FALSE(accepted(test::key(algorithm), [&](const std::string& s) {
      return sum(s.substr(0, half), n) + s.substr(half);
    }));
    CHECK_FALSE(accepted(test::key(algorithm), [&](const std::string& s) {
      return s.substr(0, half) + sum(s.substr(half), n);
    }));
  }
}

TEST_CASE("an ECDSA signature counts with either of its two values of s", "[attack-148]") {
  for (const auto& [algorithm, n] : kOrders) {
    CAPTURE(to_string(algorithm));
    const auto half = n.size();
    // RFC 7518 has no rule that s be low. So neither a signature nor a token's text names a token.
    CHECK(accepted(test::key(algorithm), [&](const std::string& s) {
      return s.substr(0, half) + sum(n, s.substr(half), -1);
    }));
    CHECK_FALSE(accepted(test::key(algorithm),
                         [&](const std::string& s) { return s.substr(half) + s.substr(0, half); }));
  }
}

TEST_CASE("an ECDSA signature in the width of another curve is refused", "[attack-147]") {
  for (const auto& [algorithm, n] : kOrders) {
    const auto half = n.size();
    for (const std::size_t width : {32U, 48U, 64U, 65U, 66U, 67U}) {
      if (width == half) continue;
      CAPTURE(to_string(algorithm), width);
      CHECK_FALSE(accepted(test::key(algorithm), [&](const std::string& s) {
        const auto fit = [&](std::string number) {
          number.insert(0, width > number.size() ? width - number.size() : 0, '\0');
          return number.substr(number.size() - width);
        };
        return fit(s.substr(0, half)) + fit(s.substr(half));
      }));
    }
  }
}

TEST_CASE("an RSA signature is exactly as long as the modulus", "[attack-067][attack-144]") {
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256}) {
    const auto& signer = test::key(algorithm);
    CAPTURE(to_string(algorithm));
    for (const std::size_t size : {0U, 1U, 255U, 257U, 512U, 8000U}) {
      CAPTURE(size);
      CHECK_FALSE(accepted(signer, [&](std::string s) {
        s.resize(size, '\0');
        return s;
      }));
      CHECK_FALSE(accepted(signer, [&](std::string s) {  // the same number with leading zeros
        s.insert(0, size > s.size() ? size - s.size() : 1, '\0');
        return s;
      }));
    }
    CHECK_FALSE(accepted(signer, [](const std::string&) { return std::string(256, '\0'); }));
    CHECK_FALSE(accepted(signer, [](const std::string&) { return one(256); }));
    CHECK_FALSE(accepted(signer, [](const std::string&) { return std::string(256, '\xff'); }));
  }
}

TEST_CASE("a PKCS#1 signature holds the one encoding of its hash, and nothing else",
          "[attack-149][attack-023]") {
  const auto& signer = test::key(Algorithm::rs256);
  const std::string text = token(signer).build().value();
  const auto digest = jwks::crypto::sha256(text.substr(0, text.rfind('.'))).value();
  const std::string hash(reinterpret_cast<const char*>(digest.data()), digest.size());
  const std::string info = from_hex("3031300d060960864801650304020105000420");
  const auto block = [](const std::string& start, const std::string& end) {  // 00 01 FF…FF 00 end
    return start + std::string(256 - start.size() - end.size() - 1, '\xff') + '\0' + end;
  };
  const std::string start = from_hex("0001");
  const std::string good = block(start, info + hash);
  CHECK(accepted(signer, encrypted(signer, good)));

  std::string other_padding = good;
  other_padding[100] = '\xfe';
  std::string no_end = good;
  no_end[256 - hash.size() - info.size() - 1] = '\xff';
  const std::string eight = start + std::string(8, '\xff') + '\0';
  const auto filled = [](std::string bytes, char fill) {
    bytes.resize(256, fill);
    return bytes;
  };
  const std::pair<const char*, std::string> forgeries[] = {
      {"no NULL", block(start, from_hex("302f300b06096086480165030402010420") + hash)},
      {"a length in two bytes",
       block(start, from_hex("308131300d060960864801650304020105000420") + hash)},
      {"an indefinite length",
       block(start, from_hex("3080300d060960864801650304020105000420") + hash + from_hex("0000"))},
      {"garbage in place of NULL",
       block(start, from_hex("3033300f0609608648016503040201010201000420") + hash)},
      {"more after the hash", block(start, info + hash + '\0')},
      {"the hash on the left, zeros behind", filled(eight + info + hash, '\0')},
      {"the hash on the left, ones behind", filled(eight + info + hash, '\xff')},
      {"a hash that is cut", block(start, info + hash.substr(0, 31))},
      {"SHA-1 by name", block(start, from_hex("302d300906052b0e03021a05000420") + hash)},
      {"SHA-384 by name", block(start, from_hex("3031300d060960864801650304020205000420") + hash)},
      {"the hash alone", block(start, hash)},
      {"block type 0", block(from_hex("0000"), info + hash)},
      {"block type 2", block(from_hex("0002"), info + hash)},
      {"no zero at the start", block(from_hex("0101"), info + hash)},
      {"other padding", other_padding},
      {"no end of the padding", no_end},
  };
  for (const auto& [name, forgery] : forgeries) {
    CAPTURE(name);
    REQUIRE(forgery.size() == 256);
    CHECK_FALSE(accepted(signer, encrypted(signer, forgery)));
  }
}

TEST_CASE("PSS takes a salt as long as its digest, and the digest for MGF1", "[attack-150]") {
  const auto& signer = test::key(Algorithm::ps256);
  const std::string text = token(signer).build().value();
  const std::string input = text.substr(0, text.rfind('.'));
  CHECK(accepted(signer, pss(signer, EVP_sha256(), 32, input)));
  for (const int salt : {0, 20, 31, 33, 48, 64, 222}) {
    CAPTURE(salt);
    CHECK_FALSE(accepted(signer, pss(signer, EVP_sha256(), salt, input)));
  }
  CHECK_FALSE(accepted(signer, pss(signer, EVP_sha1(), 32, input)));
  CHECK_FALSE(accepted(signer, pss(signer, EVP_sha512(), 32, input)));
}

TEST_CASE("S of an Edwards signature is below the order of the group", "[attack-151]") {
  // Little-endian, as S is.
  const auto reversed = [](std::string bytes) { return std::string(bytes.rbegin(), bytes.rend()); };
  const std::pair<Algorithm, std::string> orders[] = {
      {Algorithm::ed25519,
       from_hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed")},
      {Algorithm::ed448,
       from_hex("003fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690"
                "216cc2728dc58f552378c292ab5844f3")}};
  for (const auto& [algorithm, order] : orders) {
    const auto half = order.size();
    CAPTURE(to_string(algorithm));
    CHECK_FALSE(accepted(test::key(algorithm), [&](const std::string& s) {
      return s.substr(0, half) + reversed(sum(reversed(s.substr(half)), order));
    }));
    CHECK_FALSE(accepted(test::key(algorithm), [&](const std::string& s) {
      return s.substr(0, half) + reversed(order);
    }));
    for (const std::size_t size : {half, 2 * half - 1, 2 * half + 1, 4 * half}) {
      CHECK_FALSE(accepted(test::key(algorithm), [&](std::string s) {
        s.resize(size, '\0');
        return s;
      }));
    }
  }
}

TEST_CASE("a signature by another key of the same kind is refused") {
  for (const Algorithm algorithm : test::signed_algorithms()) {
    CAPTURE(to_string(algorithm));
    const auto& signer = test::key(algorithm);
    const auto other = test::SigningKey::generate(algorithm).value();
    const auto text = token(signer).sign_with(other).build().value();
    CHECK(
        test::refusal(text, test::key_set({signer}), test::policy(test::all_algorithms())).code() ==
        ErrorCode::bad_signature);
  }
}
