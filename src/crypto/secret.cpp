#include "crypto/secret.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "crypto/digest.hpp"
#include "crypto/openssl.hpp"

namespace jwks {
inline namespace v0 {
namespace crypto {
namespace {

using EvpMacCtxPtr = std::unique_ptr<EVP_MAC_CTX, Freer<&EVP_MAC_CTX_free>>;

EVP_MAC* hmac() noexcept {
  static constinit FetchedMac mac("HMAC");
  return mac.get();
}

const char* digest_name(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::hs256:
      return "SHA256";
    case Algorithm::hs384:
      return "SHA384";
    default:
      return "SHA512";
  }
}

const unsigned char* bytes_of(const char* bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes);
}

}  // namespace

void Secret::Wipe::operator()(char* bytes) const noexcept {
  OPENSSL_cleanse(bytes, size);
  delete[] bytes;
}

void wipe(std::string& text) noexcept {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::size_t size) : bytes_(new char[size](), Wipe{size}) {}

Secret::Secret(std::string_view bytes) : Secret(bytes.size()) {
  std::ranges::copy(bytes, bytes_.get());
}

bool verify_mac(Algorithm algorithm, const Secret& secret, std::string_view input,
                std::string_view mac) noexcept {
  const std::size_t expected = mac_size(algorithm);
  if (expected == 0 || secret.size() < expected || mac.size() != expected) return false;

  const ErrorQueueGuard guard;
  // OpenSSL only reads the name, but its parameters are for both directions.
  auto* const digest = const_cast<char*>(digest_name(algorithm));  // NOLINT
  const std::array<OSSL_PARAM, 2> params{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  std::array<char, EVP_MAX_MD_SIZE> computed{};
  std::size_t size = 0;
  EVP_MAC* const function = hmac();
  const EvpMacCtxPtr context(function != nullptr ? EVP_MAC_CTX_new(function) : nullptr);
  return context &&
         ok(EVP_MAC_init(context.get(), bytes_of(secret.bytes().data()), secret.size(),
                         params.data())) &&
         ok(EVP_MAC_update(context.get(), bytes_of(input.data()), input.size())) &&
         ok(EVP_MAC_final(context.get(), reinterpret_cast<unsigned char*>(computed.data()), &size,
                          computed.size())) &&
         equal_in_constant_time({computed.data(), size}, mac);
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
