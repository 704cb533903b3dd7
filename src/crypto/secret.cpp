#include "crypto/secret.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <span>
#include <utility>

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

HashFunction hash_function_of(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::hs256:
      return HashFunction::sha256;
    case Algorithm::hs384:
      return HashFunction::sha384;
    default:
      return HashFunction::sha512;
  }
}

/// What can be told without computing it.
bool may_hold(Algorithm algorithm, const Secret& secret, std::string_view mac) noexcept {
  const std::size_t expected = mac_size(algorithm);
  return expected != 0 && secret.size() >= expected && mac.size() == expected;
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
  if (!may_hold(algorithm, secret, mac)) return false;
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

/// HMAC (RFC 2104 §2): H(K ^ opad ‖ H(K ^ ipad ‖ input)), with both keys computed beforehand.
///
/// It hashes with one context and two blocks more than OpenSSL's own HMAC, which copies hash states
/// instead. Those copies allocate, and each counts references up and down in one place that all
/// threads share: faster by 90 ns on one core, and the slowest part of a token on many.
class MacCheck {
 public:
  MacCheck(Algorithm algorithm, const Secret& secret) noexcept
      : algorithm_(algorithm),
        context_(EVP_MD_CTX_new()),
        hash_(fetched(hash_function_of(algorithm))) {
    is_ready_ = context_ && hash_ != nullptr && set_keys(secret.bytes());
  }
  ~MacCheck() {
    OPENSSL_cleanse(inner_key_.data(), inner_key_.size());
    OPENSSL_cleanse(outer_key_.data(), outer_key_.size());
  }
  MacCheck(const MacCheck&) = delete;
  MacCheck& operator=(const MacCheck&) = delete;

  [[nodiscard]] Algorithm algorithm() const noexcept { return algorithm_; }

  /// Empty if OpenSSL fails.
  [[nodiscard]] std::optional<bool> verify(std::string_view input, std::string_view mac) noexcept {
    Hash inner;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    Hash outer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    if (!is_ready_ || !hash(key(inner_key_), input, inner) ||
        !hash(key(outer_key_), {inner.data(), mac.size()}, outer)) {
      return std::nullopt;
    }
    return equal_in_constant_time({outer.data(), mac.size()}, mac);
  }

 private:
  using Hash = std::array<char, EVP_MAX_MD_SIZE>;
  /// The largest block of these hashes, that of SHA-512.
  using Block = std::array<char, 128>;

  [[nodiscard]] std::string_view key(const Block& block) const noexcept {
    return {block.data(), algorithm_ == Algorithm::hs256 ? 64U : 128U};
  }

  bool hash(std::string_view key, std::string_view text, Hash& out) noexcept {
    unsigned size = 0;
    return ok(EVP_DigestInit_ex2(context_.get(), hash_, nullptr)) &&
           ok(EVP_DigestUpdate(context_.get(), key.data(), key.size())) &&
           ok(EVP_DigestUpdate(context_.get(), text.data(), text.size())) &&
           ok(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()),
                                 &size)) &&
           size == mac_size(algorithm_);
  }

  /// RFC 2104 §2: a key longer than a block is hashed first.
  bool set_keys(std::span<const char> secret) noexcept {
    Hash hashed;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const bool is_long = secret.size() > key(inner_key_).size();
    if (is_long && !hash({}, {secret.data(), secret.size()}, hashed)) return false;
    const std::span<const char> used =
        is_long ? std::span<const char>(hashed).first(mac_size(algorithm_)) : secret;
    inner_key_.fill(0x36);
    outer_key_.fill(0x5c);
    for (std::size_t i = 0; i < used.size(); ++i) {
      inner_key_[i] = static_cast<char>(inner_key_[i] ^ used[i]);
      outer_key_[i] = static_cast<char>(outer_key_[i] ^ used[i]);
    }
    OPENSSL_cleanse(hashed.data(), hashed.size());
    return true;
  }

  Algorithm algorithm_;
  bool is_ready_ = false;
  EvpMdCtxPtr context_;
  const EVP_MD* hash_;  ///< lives as long as the process
  Block inner_key_{};
  Block outer_key_{};
};

MacChecks::MacChecks() noexcept = default;
MacChecks::MacChecks(MacChecks&&) noexcept = default;
MacChecks::~MacChecks() = default;

bool MacChecks::verify(Algorithm algorithm, const Secret& secret, std::string_view input,
                       std::string_view mac) const noexcept {
  if (!may_hold(algorithm, secret, mac)) return false;
  if (!kept_.is_ready()) return verify_mac(algorithm, secret, input, mac);
  const ErrorQueueGuard guard;
  auto check = kept_.take();
  if (check && check->algorithm() != algorithm) {
    // As in SignatureChecks: only a good MAC makes room for another algorithm.
    const bool holds = verify_mac(algorithm, secret, input, mac);
    if (!holds) kept_.put(std::move(check));
    return holds;
  }
  if (!check) check.reset(new (std::nothrow) MacCheck(algorithm, secret));
  const auto holds = check ? check->verify(input, mac) : std::nullopt;
  // Once more, with nothing that was used before.
  if (!holds) return verify_mac(algorithm, secret, input, mac);
  kept_.put(std::move(check));
  return *holds;
}

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
