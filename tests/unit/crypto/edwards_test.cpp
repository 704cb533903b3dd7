#include "crypto/edwards.hpp"

#include <string>
#include <string_view>

#include "crypto/openssl.hpp"
#include "support/catch.hpp"
#include "support/hex.hpp"

using jwks::ErrorCode;
using jwks::ErrorReason;
using jwks::crypto::check_edwards_point;
using jwks::crypto::KeyKind;
using test::from_hex;

namespace {

ErrorReason answer(KeyKind kind, std::string_view hex) {
  const auto sound = check_edwards_point(kind, from_hex(hex));
  if (sound) return ErrorReason::none;
  CHECK(sound.error().code() == ErrorCode::key_rejected);
  return sound.error().reason();
}

std::string fresh_key(const char* type, std::size_t size) {
  const jwks::crypto::EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, type));
  std::string point(size, '\0');
  REQUIRE(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(point.data()),
                                      &size) == 1);
  return point;
}

std::string repeated(std::string_view digits, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += digits;
  return out;
}

}  // namespace

TEST_CASE("the base points and fresh keys lie in the group of prime order") {
  CHECK(answer(KeyKind::ed25519, "58" + repeated("66", 31)) == ErrorReason::none);
  CHECK(answer(KeyKind::ed448,
               "14fa30f25b790898adc8d74e2c13bdfdc4397ce61cffd33ad7c2a0051e9c78874098a36c7373ea4b62"
               "c7c9563720768824bcb66e71463f6900") == ErrorReason::none);
  for (int i = 0; i < 20; ++i) {
    CHECK(check_edwards_point(KeyKind::ed25519, fresh_key("ED25519", 32)).has_value());
    CHECK(check_edwards_point(KeyKind::ed448, fresh_key("ED448", 57)).has_value());
  }
}

TEST_CASE("points of small order are no Ed25519 keys", "[attack-152]") {
  for (const std::string& point : {
           "01" + repeated("00", 31),         // order 1
           "ec" + repeated("ff", 30) + "7f",  // order 2
           repeated("00", 32),                // order 4
           repeated("00", 31) + "80",         // order 4
           std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
           std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
           std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
           std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
       }) {
    CAPTURE(point);
    CHECK(answer(KeyKind::ed25519, point) == ErrorReason::small_order);
  }
}

TEST_CASE("a sum of a good Ed25519 point and one of small order is no key", "[attack-152]") {
  for (const std::string& point : {
           "95" + repeated("99", 31),  // the base point and that of order 2, then 4, then 8
           std::string("5252cc0a7f208133b620acbd4537eba2a4123bf0a8c2e4f980c3b31bb69765ea"),
           std::string("55ae61520ca466adcc4ae4a32dc1633a5d749c64a5b50f136fc3469f27e487e6"),
           // ed25519-speccheck, the key of its cases 3 to 8
           std::string("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"),
       }) {
    CAPTURE(point);
    CHECK(answer(KeyKind::ed25519, point) == ErrorReason::small_order);
  }
}

TEST_CASE("what is not the one encoding of an Ed25519 point is refused",
          "[attack-152][attack-166]") {
  for (const std::string& point : {
           "01" + repeated("00", 30) + "80",  // x = 0 with a sign
           "ec" + repeated("ff", 31),         // the same for y = -1
           "ed" + repeated("ff", 30) + "7f",  // y = p
           "ee" + repeated("ff", 30) + "7f",  // y = p + 1
           "ee" + repeated("ff", 31),         //
           repeated("ff", 32),                // y = 2^255 - 1
           "02" + repeated("00", 31),         // x² would be no square
           "07" + repeated("00", 31),         //
       }) {
    CAPTURE(point);
    CHECK(answer(KeyKind::ed25519, point) == ErrorReason::point_not_on_curve);
  }
}

TEST_CASE("points of small order, and sums with them, are no Ed448 keys", "[attack-152]") {
  for (const std::string& point : {
           "01" + repeated("00", 56),                                     // order 1
           "fe" + repeated("ff", 27) + "fe" + repeated("ff", 27) + "00",  // order 2
           repeated("00", 57),                                            // order 4
           repeated("00", 56) + "80",                                     // order 4
           std::string("a13ff338d457d9d9716cff741e7fc4bcee9a49d508e551ed9b5b2c5cda1c921598e8f0b88f"
                       "9aeb6125c940dd59eae2dd12f21294398fe6b000"),  // the base point and order 4
           std::string("eb05cf0da486f767523728b1d3ec42023bc68319e3002cc5283d5ffae0638778bf675c938c"
                       "8c15b49d3836a9c8df8977db4349918eb9c09680"),  // the base point and order 2
       }) {
    CAPTURE(point);
    CHECK(answer(KeyKind::ed448, point) == ErrorReason::small_order);
  }
}

TEST_CASE("what is not the one encoding of an Ed448 point is refused", "[attack-152][attack-166]") {
  const std::string p = repeated("ff", 28) + "fe" + repeated("ff", 27) + "00";
  for (const std::string& point : {
           "01" + repeated("00", 55) + "80",                // x = 0 with a sign
           p,                                               // y = p
           repeated("00", 28) + repeated("ff", 28) + "00",  // y = p + 1
           repeated("ff", 56) + "00",                       // y = 2^448 - 1
           "03" + repeated("00", 55) + "01",                // a bit beyond y
           "03" + repeated("00", 55) + "40",                //
           "02" + repeated("00", 56),                       // x² would be no square
           "06" + repeated("00", 56),                       //
       }) {
    CAPTURE(point);
    CHECK(answer(KeyKind::ed448, point) == ErrorReason::point_not_on_curve);
  }
}

TEST_CASE("the checks leave nothing in OpenSSL's error queue") {
  ERR_clear_error();
  CHECK(answer(KeyKind::ed25519, "02" + repeated("00", 31)) != ErrorReason::none);
  CHECK(ERR_peek_error() == 0);
}
