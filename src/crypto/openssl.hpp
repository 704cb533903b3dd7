#pragma once

// Owning handles for OpenSSL objects, and the one rule about its results: success is exactly 1.

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <atomic>
#include <memory>

namespace jwks {
inline namespace v0 {
namespace crypto {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using BignumPtr = std::unique_ptr<BIGNUM, Freer<&BN_free>>;
using BnCtxPtr = std::unique_ptr<BN_CTX, Freer<&BN_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<&BIO_free_all>>;
using EvpMdPtr = std::unique_ptr<EVP_MD, Freer<&EVP_MD_free>>;
using EvpMdCtxPtr = std::unique_ptr<EVP_MD_CTX, Freer<&EVP_MD_CTX_free>>;
using EvpPkeyPtr = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;
using EvpPkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, Freer<&EVP_PKEY_CTX_free>>;
using ParamBldPtr = std::unique_ptr<OSSL_PARAM_BLD, Freer<&OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Freer<&OSSL_PARAM_free>>;

/// OpenSSL reports success as 1; 0 and every negative value are failures (CVE-2008-5077).
[[nodiscard]] constexpr bool ok(int result) noexcept { return result == 1; }

/// An algorithm of OpenSSL, fetched at its first use: fetching by name at each use would cost more
/// than hashing. Never freed, because a thread may still verify while the process exits. A fetch
/// that fails, for want of memory say, is tried again at the next use.
template <class Method, auto Fetch, auto Free>
class FetchedOnce {
 public:
  explicit constexpr FetchedOnce(const char* name) noexcept : name_(name) {}

  /// Null if it can't be had now. Any thread may ask.
  [[nodiscard]] Method* get() noexcept {
    if (Method* const known = method_.load(std::memory_order_acquire)) return known;
    Method* const fetched = Fetch(nullptr, name_, nullptr);
    Method* winner = nullptr;
    if (fetched == nullptr || method_.compare_exchange_strong(winner, fetched)) return fetched;
    Free(fetched);
    return winner;
  }

 private:
  const char* name_;
  std::atomic<Method*> method_{nullptr};
};
using FetchedDigest = FetchedOnce<EVP_MD, &EVP_MD_fetch, &EVP_MD_free>;
using FetchedMac = FetchedOnce<EVP_MAC, &EVP_MAC_fetch, &EVP_MAC_free>;

/// Leaves the thread's error queue as it was found, whatever happens in the scope.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() noexcept { ERR_set_mark(); }
  ~ErrorQueueGuard() { ERR_pop_to_mark(); }
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

}  // namespace crypto
}  // namespace v0
}  // namespace jwks
